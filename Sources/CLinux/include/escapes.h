// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// Sixteen bytes of text looked at together. The words come by value, with the first byte in the lowest bits, so that
// Swift needs no pointer for it. In C because the Swift compiler takes comparisons of SIMD vectors apart.

/// The same as `hl_json_escapes` with what every processor has.
static inline uint32_t hl_json_escapes_portably(uint64_t low, uint64_t high) {
  uint64_t words[] = {low, high};
  uint32_t found = 0;
  for (int byte = 0; byte < 16; byte++) {
    uint8_t value = (uint8_t)(words[byte / 8] >> byte % 8 * 8);
    found |= (uint32_t)(value < 0x20 || value == '"' || value == '\\') << byte;
  }
  return found;
}

/// Which of 16 bytes need an escape in a JSON string (RFC 8259 section 7): a bit for each, the first byte's the lowest.
static inline uint32_t hl_json_escapes(uint64_t low, uint64_t high) {
#if defined(__SSE2__)
  typedef char bytes __attribute__((vector_size(16)));
  typedef unsigned char unsigned_bytes __attribute__((vector_size(16)));
  typedef uint64_t words __attribute__((vector_size(16)));
  bytes text = (bytes)(words){low, high};
  return (uint32_t)__builtin_ia32_pmovmskb128((bytes)((unsigned_bytes)text < 0x20) | (text == '"') | (text == '\\'));
#else
  return hl_json_escapes_portably(low, high);
#endif
}
