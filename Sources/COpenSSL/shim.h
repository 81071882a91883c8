// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

// SHA-256 on a state that the caller owns. OpenSSL 3 deprecates these calls in favour of EVP, which keeps its state on
// the heap behind a fetched algorithm; a plain struct can be stored after the key block and copied per message, which
// makes an HMAC a third cheaper and free of allocation. The three calls cannot fail on a valid state, hence no result.
// One inline function each, so that the deprecation is silenced here and for nothing else.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static inline void hookledger_sha256_init(SHA256_CTX *state) { (void)SHA256_Init(state); }
static inline void hookledger_sha256_update(SHA256_CTX *state, const void *bytes, size_t count) {
  (void)SHA256_Update(state, bytes, count);
}
static inline void hookledger_sha256_final(SHA256_CTX *state, unsigned char *digest) {
  (void)SHA256_Final(digest, state);
}
#pragma GCC diagnostic pop
