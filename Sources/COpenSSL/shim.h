// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <endian.h>
#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

// SHA-256 on a state that the caller owns. OpenSSL 3 deprecates these calls in favour of EVP, which keeps its state on
// the heap behind a fetched algorithm; a plain struct can be stored after the key block and copied per message, which
// makes an HMAC a third cheaper and free of allocation. The calls cannot fail on a valid state, hence no result.
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
/// As update and final, for a state behind a whole block and at most 55 more bytes: they fit one block with their padding
/// (FIPS 180-4, 5.1.1). Laid out here, they need not be collected in the state first.
static inline void hookledger_sha256_final_block(SHA256_CTX *state, const void *bytes, size_t count,
                                                 unsigned char *digest) {
  unsigned char block[SHA256_CBLOCK] = {0};
  if (count) memcpy(block, bytes, count);
  block[count] = 0x80;
  uint64_t bits = htobe64(((uint64_t)state->Nh << 32 | state->Nl) + 8 * count);
  memcpy(block + SHA256_CBLOCK - sizeof bits, &bits, sizeof bits);
  SHA256_Transform(state, block);
  for (int n = 0; n < 8; n++) {
    uint32_t word = htobe32(state->h[n]);
    memcpy(digest + 4 * n, &word, sizeof word);
  }
}
#pragma GCC diagnostic pop

/// Whether no bit of `difference` is set. The compiler does not see what the empty instruction makes of it, so it cannot
/// bring a branch into what the differences were gathered from.
static inline int hookledger_is_zero(uint64_t difference) {
  __asm__("" : "+r"(difference));
  return difference == 0;
}

// What OpenSSL offers as macros only, which Swift cannot call.

/// What every TLS server here agrees to: 1.2 and 1.3, the server's order of ciphers, neither compression nor
/// renegotiation. Sessions are not resumed, neither from a cache nor by tickets: the key that protects tickets would
/// have to be rotated to keep forward secrecy, and callers that come often keep their connection. Buffers are given
/// back between records, so that an idle connection stays cheap. Keys are agreed on elliptic curves only: with the
/// finite fields of TLS 1.3 a client could make the server calculate for long at no cost of its own (CVE-2002-20001).
/// The first name is known from OpenSSL 3.5 on.
static inline int hookledger_tls_settle(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(context, 2);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) && SSL_CTX_set_num_tickets(context, 0) &&
         (SSL_CTX_set1_groups_list(context, "X25519MLKEM768:X25519:P-256:P-384:P-521") ||
          SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521"));
}

/// The bytes that a memory BIO holds, and how many.
static inline long hookledger_bio_contents(BIO *bio, const unsigned char **bytes) {
  return BIO_get_mem_data(bio, bytes);
}

/// Empties a memory BIO and gives its memory back, which reading it to its end does not. 0 when there is no memory for
/// the empty buffer.
static inline int hookledger_bio_release(BIO *bio) {
  BUF_MEM *empty = BUF_MEM_new();
  return empty && BIO_set_mem_buf(bio, empty, BIO_CLOSE) == 1;
}

/// A time of a certificate in seconds since 1970 (RFC 5280, 4.1.2.5: always in UTC). 0 when it is none.
static inline int hookledger_asn1_seconds(const ASN1_TIME *time, int64_t *seconds) {
  struct tm parts;
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  *seconds = (int64_t)timegm(&parts);
  return 1;
}
