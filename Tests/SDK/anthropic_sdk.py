"""The Anthropic SDK against a running cluster, told by MARTLET_URL and MARTLET_KEY. Exit code 0 when all holds."""

import os
import sys

import anthropic

URL = os.environ["MARTLET_URL"]
MODEL = os.environ.get("MARTLET_CLAUDE_MODEL", "claude-sonnet-5")
HELLO = [{"role": "user", "content": "Say hello."}]


def client(key=os.environ["MARTLET_KEY"]):
    return anthropic.Anthropic(base_url=URL, api_key=key, timeout=30, max_retries=0)


def message():
    answer = client().messages.create(model=MODEL, max_tokens=64, messages=HELLO)
    assert answer.type == "message" and answer.role == "assistant"
    assert answer.content[0].type == "text" and answer.content[0].text
    assert answer.stop_reason == "end_turn" and answer.usage.output_tokens > 0


def stream():
    with client().messages.stream(model=MODEL, max_tokens=64, messages=HELLO) as events:
        text = "".join(events.text_stream)
        final = events.get_final_message()
    assert text == final.content[0].text and final.stop_reason == "end_turn"


def bad_key():
    try:
        client("sk-mt-wrong").messages.create(model=MODEL, max_tokens=64, messages=HELLO)
    except anthropic.AuthenticationError as error:
        assert error.status_code == 401 and error.body["error"]["type"] == "authentication_error"
    else:
        raise AssertionError("a wrong key was let in")


def unknown_model():
    try:
        client().messages.create(model="no-such-model", max_tokens=64, messages=HELLO)
    except anthropic.NotFoundError as error:
        assert error.body["error"]["type"] == "not_found_error"
    else:
        raise AssertionError("an unknown model was served")


def main():
    failed = 0
    for check in [message, stream, bad_key, unknown_model]:
        name = check.__name__.replace("_", " ")
        try:
            check()
            print(f"ok    anthropic {anthropic.__version__}: {name}")
        except Exception as error:  # each check is reported, whatever it raises
            failed += 1
            print(f"FAIL  anthropic {anthropic.__version__}: {name}: {type(error).__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
