// SPDX-License-Identifier: Apache-2.0
#pragma once

// Comparisons of many bytes at once. In C because the Swift compiler takes SIMD comparisons apart into single bytes; all
// parameters are words with the first byte in the lowest bits, and all answers are values, so that nothing is unsafe for
// the caller.

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Which of 64 bytes matter to a reader of JSON strings: a bit for each, the first byte's the lowest.
struct hl_string_marks {
  uint64_t quotes;
  uint64_t backslashes;
  /// Control characters (below 0x20) and parts of longer UTF-8 sequences (above 0x7f).
  uint64_t unusual;
};

/// The top bits of the eight bytes of a word, side by side.
static inline uint64_t hl_top_bits(uint64_t word) {
  return ((word & 0x8080808080808080u) >> 7) * 0x0102040810204080u >> 56;
}

/// Which of eight bytes are that one.
static inline uint64_t hl_equal_bytes(uint64_t word, unsigned char byte) {
  uint64_t differing = word ^ byte * 0x0101010101010101u;
  return hl_top_bits(~(((differing & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | differing));
}

/// Marks eight bytes with what every processor has.
static inline struct hl_string_marks hl_mark_eight(uint64_t word) {
  uint64_t printable = (word & 0x7f7f7f7f7f7f7f7fu) + 0x6060606060606060u;
  struct hl_string_marks marks = {hl_equal_bytes(word, '"'), hl_equal_bytes(word, '\\'),
                                  hl_top_bits(~printable | word)};
  return marks;
}

/// Marks 64 bytes with what every processor has.
static inline struct hl_string_marks hl_mark_string_portably(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                                                             uint64_t f, uint64_t g, uint64_t h) {
  uint64_t words[] = {a, b, c, d, e, f, g, h};
  struct hl_string_marks all = {0, 0, 0};
  for (int n = 0; n < 8; n++) {
    struct hl_string_marks eight = hl_mark_eight(words[n]);
    all.quotes |= eight.quotes << 8 * n;
    all.backslashes |= eight.backslashes << 8 * n;
    all.unusual |= eight.unusual << 8 * n;
  }
  return all;
}

#if defined(__SSE2__)
static inline uint64_t hl_masks(__m128i a, __m128i b, __m128i c, __m128i d) {
  uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16;
  uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint64_t)(uint32_t)_mm_movemask_epi8(d) << 16;
  return low | high << 32;
}
#endif

/// Marks 64 bytes.
static inline struct hl_string_marks hl_mark_string(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                                                    uint64_t f, uint64_t g, uint64_t h) {
#if defined(__SSE2__)
  __m128i one = _mm_set_epi64x((int64_t)b, (int64_t)a), two = _mm_set_epi64x((int64_t)d, (int64_t)c);
  __m128i three = _mm_set_epi64x((int64_t)f, (int64_t)e), four = _mm_set_epi64x((int64_t)h, (int64_t)g);
  __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
  // Signed, so that what is above 0x7f is below the space as well.
  __m128i space = _mm_set1_epi8(' ');
  struct hl_string_marks marks = {
      hl_masks(_mm_cmpeq_epi8(one, quote), _mm_cmpeq_epi8(two, quote), _mm_cmpeq_epi8(three, quote),
               _mm_cmpeq_epi8(four, quote)),
      hl_masks(_mm_cmpeq_epi8(one, backslash), _mm_cmpeq_epi8(two, backslash), _mm_cmpeq_epi8(three, backslash),
               _mm_cmpeq_epi8(four, backslash)),
      hl_masks(_mm_cmplt_epi8(one, space), _mm_cmplt_epi8(two, space), _mm_cmplt_epi8(three, space),
               _mm_cmplt_epi8(four, space))};
  return marks;
#else
  return hl_mark_string_portably(a, b, c, d, e, f, g, h);
#endif
}
