"""A mail server that speaks TLS, for one test: it prints its port, and a line of JSON for each conversation.

    tls_server.py smtps|starttls|plain HOST CERTIFICATE KEY
"""

import json
import socket
import ssl
import sys

mode, host, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def converse(connection, log):
    lines = connection.makefile("rb")

    def say(text):
        connection.sendall(text.encode() + b"\r\n")

    say("220 mail")
    while line := lines.readline():
        word = line[:4].upper()
        if word == b"EHLO":
            more = ["AUTH PLAIN"] + ([] if log["tls"] or mode == "plain" else ["STARTTLS"])
            say("\r\n".join(["250-mail"] + ["250-" + extension for extension in more] + ["250 8BITMIME"]))
        elif word == b"STAR" and mode == "starttls":
            say("220 go on")
            connection = context.wrap_socket(connection, server_side=True)
            lines = connection.makefile("rb")
            log["tls"] = True
        elif word == b"AUTH":
            log["password_in_the_clear"] |= not log["tls"]
            log["authenticated"] = True
            if len(line.split()) < 3:
                say("334 ")
                lines.readline()
            say("235 welcome")
        elif word == b"DATA":
            say("354 go on")
            while lines.readline() not in (b".\r\n", b""):
                pass
            log["letters"] += 1
            say("250 taken")
        elif word == b"QUIT":
            return say("221 bye")
        else:
            say("250 ok")


with socket.create_server((host, 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        connection, _ = server.accept()
        log = {"tls": False, "authenticated": False, "password_in_the_clear": False, "letters": 0}
        try:
            if mode == "smtps":
                connection = context.wrap_socket(connection, server_side=True)
                log["tls"] = True
            converse(connection, log)
        except OSError:
            pass
        finally:
            connection.close()
        print(json.dumps(log), flush=True)
