// curl_easy_setopt and its kin are variadic, which Swift can't call: one door per type of argument.
#pragma once
#include <curl/curl.h>

typedef size_t (*martlet_bytes_callback)(char *, size_t, size_t, void *);

static inline CURLcode martlet_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode martlet_set_size(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode martlet_set_pointer(CURL *h, CURLoption o, const void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode martlet_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }

static inline CURLcode martlet_set_bytes_callback(CURL *h, CURLoption o, martlet_bytes_callback v) {
    return curl_easy_setopt(h, o, v);
}
static inline CURLcode martlet_set_open_socket(CURL *h, curl_opensocket_callback v, void *context) {
    curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, context);
    return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, v);
}
static inline CURLcode martlet_set_close_socket(CURL *h, curl_closesocket_callback v, void *context) {
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, context);
    return curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, v);
}

static inline CURLcode martlet_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode martlet_get_size(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }

static inline CURLcode martlet_get_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }

static inline CURLMcode martlet_multi_set_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }
static inline CURLMcode martlet_multi_set_socket(CURLM *m, curl_socket_callback v, void *context) {
    curl_multi_setopt(m, CURLMOPT_SOCKETDATA, context);
    return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, v);
}
static inline CURLMcode martlet_multi_set_timer(CURLM *m, curl_multi_timer_callback v, void *context) {
    curl_multi_setopt(m, CURLMOPT_TIMERDATA, context);
    return curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, v);
}

// The next call that is over, with its result, or null.
static inline CURL *martlet_multi_done(CURLM *m, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(m, &left)))
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    return 0;
}
