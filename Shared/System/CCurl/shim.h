// curl_easy_setopt and its kin are variadic, which Swift can't call: one door per type of argument.
#pragma once
#include <curl/curl.h>

static inline CURLcode martlet_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode martlet_set_pointer(CURL *h, CURLoption o, const void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode martlet_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
