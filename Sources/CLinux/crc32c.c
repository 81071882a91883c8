// SPDX-License-Identifier: Apache-2.0
#include "crc32c.h"

#include <pthread.h>
#include <string.h>

static uint32_t table[256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void fill_table(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t c = n;
    for (int bit = 0; bit < 8; bit++) c = (c & 1) ? (c >> 1) ^ 0x82f63b78u : c >> 1;
    table[n] = c;
  }
}

static uint32_t by_table(uint32_t crc, const unsigned char *p, size_t n) {
  pthread_once(&table_once, fill_table);
  while (n--) crc = (crc >> 8) ^ table[(crc ^ *p++) & 0xff];
  return crc;
}

#if defined(__x86_64__)
// The instruction takes three cycles but can begin every cycle, so three stretches are summed at once. A stretch's sum
// is carried past the next one by multiplying it by a power of x, byte by byte out of a table (Mark Adler's method).
enum { STRETCH = 256 };
static uint32_t carry_table[4][256];
static pthread_once_t carry_once = PTHREAD_ONCE_INIT;

__attribute__((target("sse4.2"))) static uint32_t one_stretch(uint32_t crc, const unsigned char *p, size_t n) {
  uint64_t wide = crc;
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = (uint32_t)wide;
  if (n & 4) {
    uint32_t half;
    memcpy(&half, p, 4);
    crc = __builtin_ia32_crc32si(crc, half);
    p += 4;
  }
  if (n & 2) {
    uint16_t quarter;
    memcpy(&quarter, p, 2);
    crc = __builtin_ia32_crc32hi(crc, quarter);
    p += 2;
  }
  return n & 1 ? __builtin_ia32_crc32qi(crc, *p) : crc;
}

static void fill_carry_table(void) {
  static const unsigned char zeros[STRETCH];
  for (int byte = 0; byte < 4; byte++)
    for (uint32_t n = 0; n < 256; n++) carry_table[byte][n] = one_stretch(n << (8 * byte), zeros, STRETCH);
}

static uint32_t carry(uint32_t crc) {
  return carry_table[0][crc & 0xff] ^ carry_table[1][(crc >> 8) & 0xff] ^ carry_table[2][(crc >> 16) & 0xff] ^
         carry_table[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *p, size_t n) {
  if (n >= 3 * STRETCH) pthread_once(&carry_once, fill_carry_table);
  while (n >= 3 * STRETCH) {
    uint64_t first = crc, second = 0, third = 0;
#pragma clang loop unroll_count(8)
    for (size_t place = 0; place < STRETCH; place += 8) {
      uint64_t words[3];
      memcpy(&words[0], p + place, 8);
      memcpy(&words[1], p + STRETCH + place, 8);
      memcpy(&words[2], p + 2 * STRETCH + place, 8);
      first = __builtin_ia32_crc32di(first, words[0]);
      second = __builtin_ia32_crc32di(second, words[1]);
      third = __builtin_ia32_crc32di(third, words[2]);
    }
    crc = carry(carry((uint32_t)first) ^ (uint32_t)second) ^ (uint32_t)third;
    p += 3 * STRETCH;
    n -= 3 * STRETCH;
  }
  return one_stretch(crc, p, n);
}
#endif

uint32_t hl_crc32c_by_table(uint32_t seed, const void *bytes, size_t count) {
  return ~by_table(~seed, bytes, count);
}

uint32_t hl_crc32c(uint32_t seed, const void *bytes, size_t count) {
  uint32_t crc = ~seed;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(crc, bytes, count);
#endif
  return ~by_table(crc, bytes, count);
}
