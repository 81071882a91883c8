// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot import from libcurl: its setters and getters are C variadics. One wrapper for each type of
// argument, so that the C compiler checks the type that Swift passes.
#pragma once
#include <curl/curl.h>

/// Options that take a `long`: switches, milliseconds, enumerations.
static inline CURLcode hookledger_easy_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

/// Options that take a `curl_off_t`: sizes of 64 bits.
static inline CURLcode hookledger_easy_set_offset(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

/// Options that take a C string, which libcurl copies.
static inline CURLcode hookledger_easy_set_string(
    CURL *_Nonnull easy, CURLoption option, const char *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

/// Options that take a data pointer, which libcurl keeps: callback contexts and the error buffer.
static inline CURLcode hookledger_easy_set_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

/// CURLOPT_HTTPHEADER: the list stays the caller's and must outlive the transfer.
static inline CURLcode hookledger_easy_set_headers(CURL *_Nonnull easy, struct curl_slist *_Nullable list) {
  return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

/// CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which share one signature.
static inline CURLcode hookledger_easy_set_receiver(
    CURL *_Nonnull easy, CURLoption option, curl_write_callback _Nonnull callback) {
  return curl_easy_setopt(easy, option, callback);
}

/// CURLOPT_OPENSOCKETFUNCTION: sees each resolved address before it is connected to.
static inline CURLcode hookledger_easy_set_opensocket(
    CURL *_Nonnull easy, curl_opensocket_callback _Nonnull callback) {
  return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

/// CURLOPT_PREREQFUNCTION: called when the connection stands and before the first byte of the request.
static inline CURLcode hookledger_easy_set_prerequest(
    CURL *_Nonnull easy, curl_prereq_callback _Nonnull callback) {
  return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

/// Facts of type `long`.
static inline CURLcode hookledger_easy_get_long(CURL *_Nonnull easy, CURLINFO info, long *_Nonnull value) {
  return curl_easy_getinfo(easy, info, value);
}

/// Facts that are a C string; the string is libcurl's and lives as long as the handle.
static inline CURLcode hookledger_easy_get_string(
    CURL *_Nonnull easy, CURLINFO info, char *_Nullable *_Nonnull value) {
  return curl_easy_getinfo(easy, info, value);
}

/// CURLINFO_PRIVATE: the context pointer that was set with CURLOPT_PRIVATE.
static inline CURLcode hookledger_easy_get_private(CURL *_Nonnull easy, void *_Nullable *_Nonnull value) {
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)value);
}

/// Options of the multi handle that take a `long`.
static inline CURLMcode hookledger_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
