// SPDX-License-Identifier: Apache-2.0

// Sixteen bytes of a message classified at once, each answer a bit for each byte, that of the first byte lowest. Words
// come and go by value, with the first byte in the lowest bits, so that Swift needs no pointer for it. In C because the
// Swift compiler takes comparisons of SIMD vectors apart.
#pragma once
#include <stdint.h>

typedef uint8_t hookledger_bytes16 __attribute__((vector_size(16)));
typedef int8_t hookledger_flags16 __attribute__((vector_size(16)));
typedef uint64_t hookledger_words2 __attribute__((vector_size(16)));

static inline hookledger_bytes16 hookledger_bytes16_of(uint64_t low, uint64_t high) {
  return (hookledger_bytes16)(hookledger_words2){low, high};
}

/// Every byte of `flags` is all ones or zero.
static inline uint32_t hookledger_bits16(hookledger_flags16 flags) {
#if defined(__SSE2__)
  return (uint32_t)__builtin_ia32_pmovmskb128((char __attribute__((vector_size(16))))flags);
#else
  // One bit of each byte, another one of each; the product has the sum of the bytes on top.
  hookledger_words2 bits = (hookledger_words2)flags & 0x8040201008040201;
  bits = (bits * 0x0101010101010101) >> 56;
  return (uint32_t)(bits[0] | bits[1] << 8);
#endif
}

/// The letters a to z in both cases.
static inline hookledger_flags16 hookledger_letters16(hookledger_bytes16 bytes) {
  return (bytes | 0x20) - 'a' < 26;
}

/// The bytes that are neither a letter nor "-", of which names of fields seldom have any.
static inline uint32_t hookledger_not_name(uint64_t low, uint64_t high) {
  hookledger_bytes16 bytes = hookledger_bytes16_of(low, high);
  return hookledger_bits16(~(hookledger_letters16(bytes) | (bytes == '-')));
}

/// The bytes that are neither a letter nor a digit nor one of "-", ".", "_", of which names of hosts have no others.
static inline uint32_t hookledger_not_host(uint64_t low, uint64_t high) {
  hookledger_bytes16 bytes = hookledger_bytes16_of(low, high);
  // "-", ".", "/" and the digits follow one another.
  hookledger_flags16 others = (bytes - '-' < '9' + 1 - '-') & (bytes != '/');
  return hookledger_bits16(~(hookledger_letters16(bytes) | others | (bytes == '_')));
}

/// The bytes that are neither a letter nor a digit nor one of "-", ".", "_", "/", of which paths seldom have any.
static inline uint32_t hookledger_not_path(uint64_t low, uint64_t high) {
  hookledger_bytes16 bytes = hookledger_bytes16_of(low, high);
  // "-", ".", "/" and the digits follow one another.
  return hookledger_bits16(~(hookledger_letters16(bytes) | (bytes - '-' < '9' + 1 - '-') | (bytes == '_')));
}

/// The bytes that are no printable ASCII character; in the upper half of the answer quotation marks and backslashes.
static inline uint32_t hookledger_not_plain(uint64_t low, uint64_t high) {
  hookledger_bytes16 bytes = hookledger_bytes16_of(low, high);
  // As signed numbers those above ASCII are below all others.
  hookledger_flags16 others = ((hookledger_flags16)bytes < 0x20) | (bytes == 0x7F);
  return hookledger_bits16(others) | hookledger_bits16((bytes == '"') | (bytes == '\\')) << 16;
}

/// The bytes that differ from `text`, which has no upper-case letters, in more than the case of a letter.
static inline uint32_t hookledger_not_equal_but_case(uint64_t low, uint64_t high, uint64_t text_low,
                                                     uint64_t text_high) {
  hookledger_bytes16 bytes = hookledger_bytes16_of(low, high);
  hookledger_bytes16 lower = bytes | ((hookledger_bytes16)(bytes - 'A' < 26) & 0x20);
  return hookledger_bits16(lower != hookledger_bytes16_of(text_low, text_high));
}
