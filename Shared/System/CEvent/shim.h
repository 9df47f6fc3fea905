#pragma once
// First, because libevent's configuration defines _GNU_SOURCE, which would give this module another fd_set than Glibc's.
#include <features.h>
#include <event2/event.h>
#include <event2/listener.h>

// Sockets. To which module the importer gives sockaddr, SOCK_STREAM or MSG_NOSIGNAL depends on which other C modules
// are loaded; what Swift sees of them is therefore named here.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

// An IPv4 address stands as ::ffff:a.b.c.d; the port is in host order.
struct martlet_address {
    uint8_t bytes[16];
    uint16_t port;
};

// 0 when the kernel's address is neither IPv4 nor IPv6.
static inline int martlet_address_read(const void *raw, struct martlet_address *out) {
    const struct sockaddr *any = (const struct sockaddr *)raw;
    memset(out, 0, sizeof *out);
    if (any->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)raw;
        out->bytes[10] = out->bytes[11] = 0xff;
        memcpy(out->bytes + 12, &four->sin_addr, 4);
        out->port = ntohs(four->sin_port);
        return 1;
    }
    if (any->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)raw;
        memcpy(out->bytes, &six->sin6_addr, 16);
        out->port = ntohs(six->sin6_port);
        return 1;
    }
    return 0;
}

static inline int martlet_address_is_v4(const struct martlet_address *a) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(a->bytes, mapped, 12) == 0;
}

// The address written as numbers; 0 for a name.
static inline int martlet_address_parse(const char *text, uint16_t port, struct martlet_address *out) {
    memset(out, 0, sizeof *out);
    out->port = port;
    if (inet_pton(AF_INET, text, out->bytes + 12) == 1) {
        out->bytes[10] = out->bytes[11] = 0xff;
        return 1;
    }
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

static inline int martlet_address_text(const struct martlet_address *a, char *text, int size) {
    if (martlet_address_is_v4(a)) return inet_ntop(AF_INET, a->bytes + 12, text, (socklen_t)size) != 0;
    return inet_ntop(AF_INET6, a->bytes, text, (socklen_t)size) != 0;
}

// A listening socket that does not block and whose connections inherit TCP_NODELAY, or −errno.
static inline int martlet_listen(const struct martlet_address *a, int backlog) {
    int v4 = martlet_address_is_v4(a), one = 1;
    int s = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | 02000000 /* CLOEXEC */ | 04000 /* NONBLOCK */, 0);
    if (s < 0) return -errno;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in four = {0};
    struct sockaddr_in6 six = {0};
    four.sin_family = AF_INET;
    four.sin_port = six.sin6_port = htons(a->port);
    memcpy(&four.sin_addr, a->bytes + 12, 4);
    six.sin6_family = AF_INET6;
    memcpy(&six.sin6_addr, a->bytes, 16);
    int bound = v4 ? bind(s, (struct sockaddr *)&four, sizeof four) : bind(s, (struct sockaddr *)&six, sizeof six);
    if (bound == 0 && listen(s, backlog) == 0) return s;
    int number = errno;
    close(s);
    return -number;
}

static inline int martlet_port(int s) {
    struct sockaddr_storage raw = {0};
    socklen_t size = sizeof raw;
    struct martlet_address a;
    return getsockname(s, (struct sockaddr *)&raw, &size) == 0 && martlet_address_read(&raw, &a) ? a.port : 0;
}

static inline int martlet_socket(int family, int type, int protocol) {
    return socket(family, type | 02000000 /* CLOEXEC */ | 04000 /* NONBLOCK */, protocol);
}

// The number of bytes, 0 at the end, or −errno.
static inline ssize_t martlet_receive(int s, void *bytes, size_t count) {
    ssize_t received = recv(s, bytes, count, 0);
    return received < 0 ? -errno : received;
}

// The number of bytes that the socket took, or −errno; a peer that is gone is an error and no signal.
static inline ssize_t martlet_send(int s, const void *bytes, size_t count) {
    ssize_t sent = send(s, bytes, count, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static inline ssize_t martlet_send_two(int s, const void *first, size_t m, const void *second, size_t n) {
    struct iovec pieces[2] = {{(void *)first, m}, {(void *)second, n}};
    struct msghdr message = {0};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    ssize_t sent = sendmsg(s, &message, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static inline void martlet_shut_sending(int s) { shutdown(s, SHUT_WR); }

// Whether the peer has closed or reset, also behind bytes that were not read.
static inline int martlet_hung_up(int s) {
    struct pollfd entry = {s, 0x2000 /* POLLRDHUP */, 0};
    return poll(&entry, 1, 0) > 0;
}
