// SPDX-License-Identifier: Apache-2.0
// Writes a journal as a server leaves it behind that has taken in so many callbacks, in a fraction of the time: each the
// first and the last word about a task of its own. What is in it must be what hookledger itself would write; the
// benchmark holds that against it with `ledger check`.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SEGMENT = 64 << 20, BATCH = 64 };

static uint32_t table[8][256];

// CRC-32C, eight bytes at once (slicing by eight).
static void fill_table(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t c = n;
    for (int bit = 0; bit < 8; bit++) c = (c & 1) ? (c >> 1) ^ 0x82f63b78u : c >> 1;
    table[0][n] = c;
  }
  for (int k = 1; k < 8; k++)
    for (uint32_t n = 0; n < 256; n++) table[k][n] = table[0][table[k - 1][n] & 0xff] ^ (table[k - 1][n] >> 8);
}

static uint32_t checksum(const unsigned char *p, size_t n) {
  uint32_t c = ~0u;
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    word ^= c;
    c = 0;
    for (int k = 0; k < 8; k++) c ^= table[7 - k][(word >> (8 * k)) & 0xff];
  }
  while (n--) c = (c >> 8) ^ table[0][(c ^ *p++) & 0xff];
  return ~c;
}

static uint64_t mix(uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
  value = (value ^ value >> 27) * 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

static void fail(const char *what) {
  fprintf(stderr, "journal: %s: %s\n", what, strerror(errno));
  exit(1);
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: journal FOLDER LINES\n");
    return 2;
  }
  fill_table();
  uint64_t lines = strtoull(arguments[2], NULL, 10);
  int64_t now = (int64_t)time(NULL) * 1000;
  static char buffer[SEGMENT];
  size_t used = 0;
  int file = -1;
  for (uint64_t seq = 1; seq <= lines; seq++) {
    char line[4096], name[33];
    uint64_t high = mix(seq), low = mix(~seq);
    snprintf(name, sizeof name, "%016" PRIx64 "%016" PRIx64, high, low);
    int64_t at = now - (int64_t)(lines - seq) / 20;
    int length = snprintf(
        line, sizeof line - 32,
        "{\"seq\":%" PRIu64 "%s,\"at\":%" PRId64 ",\"type\":\"callback\",\"trust\":\"signed\",\"digest\":\"%016" PRIx64
        "\",\"signedAt\":%" PRId64 ",\"report\":{\"providerTaskId\":\"%s\",\"model\":\"sora-2-image-to-video\","
        "\"state\":\"success\",\"urls\":[\"https://tempfile.example.com/f/%s/0.mp4\"],\"watermarkUrls\":["
        "\"https://tempfile.example.com/f/%s/w0.mp4\"],\"credits\":\"30\",\"code\":200,\"message\":\"Playground task "
        "completed successfully.\",\"createTime\":%" PRId64 ",\"completeTime\":%" PRId64 ",\"costTime\":\"90\"},"
        "\"request\":{\"target\":\"/callbacks\",\"fields\":[[\"Host\",\"127.0.0.1:33003\"],[\"User-Agent\",\"load/1\"],"
        "[\"Content-Type\",\"application/json\"],[\"X-Webhook-Timestamp\",\"%" PRId64 "\"],[\"X-Webhook-Signature\","
        "\"1R3OOd0KK11c1hkZXvK2uHHPqOIeClNS7/RNdwa5xfQ=\"],[\"Content-Length\",\"725\"]],\"body\":{\"code\":200,"
        "\"msg\":\"Playground task completed successfully.\",\"data\":{\"taskId\":\"%s\",\"model\":"
        "\"sora-2-image-to-video\",\"state\":\"success\",\"param\":\"{\\\"model\\\":\\\"sora-2-image-to-video\\\","
        "\\\"input\\\":{\\\"prompt\\\":\\\"A lighthouse keeper walks along the pier while the first snow of the year "
        "falls\\\",\\\"aspect_ratio\\\":\\\"landscape\\\",\\\"n_frames\\\":\\\"10\\\",\\\"remove_watermark\\\":true}}"
        "\",\"resultJson\":\"{\\\"resultUrls\\\":[\\\"https://tempfile.example.com/f/%s/0.mp4\\\"],"
        "\\\"resultWaterMarkUrls\\\":[\\\"https://tempfile.example.com/f/%s/w0.mp4\\\"]}\",\"failCode\":null,"
        "\"failMsg\":null,\"costTime\":90,\"completeTime\":%" PRId64 ",\"createTime\":%" PRId64
        ",\"consumeCredits\":30}}}",
        seq, seq % BATCH == 1 ? ",\"barrier\":true" : "", at, mix(high + low), at / 1000, name, name, name, at - 90000,
        at, at / 1000, name, name, name, at, at - 90000);
    length += snprintf(line + length, 32, ",\"crc\":\"%08" PRIx32 "\"}\n", checksum((unsigned char *)line, length));
    if (used + length > SEGMENT || file < 0) {
      if (file >= 0 && (write(file, buffer, used) != (ssize_t)used || close(file))) fail("write");
      char path[4096];
      snprintf(path, sizeof path, "%s/%016" PRIu64 ".jsonl", arguments[1], seq);
      if ((file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0) fail(path);
      used = 0;
    }
    memcpy(buffer + used, line, length);
    used += length;
  }
  if (file >= 0 && (write(file, buffer, used) != (ssize_t)used || close(file))) fail("write");
  return 0;
}
