// SPDX-License-Identifier: Apache-2.0
// Writes the data folder of a server that has taken in so many callbacks, in a fraction of the time: each the first and
// the last word about a task of its own. Either the journal alone, as after a crash; or the index and the last segment
// of the journal, which are all that a clean start reads: the tasks' own files are not there. What is in it must be what
// hookledger itself would write; the benchmark has `hookledger ledger check` say so of a small one.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

// The id of a task that was created elsewhere: its callback's time and number, and a hash of the number's digits.
static uint64_t key(const char *text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
  hash = mix(hash);
  return hash ? hash : 1;
}

typedef struct {
  uint64_t seq, digest;
  int64_t at;
  char name[33];
} Callback;

static Callback callback(uint64_t seq, uint64_t lines, int64_t now) {
  Callback made = {.seq = seq, .at = now - (int64_t)(lines - seq) / 20};
  uint64_t high = mix(seq), low = mix(~seq);
  snprintf(made.name, sizeof made.name, "%016" PRIx64 "%016" PRIx64, high, low);
  made.digest = mix(high + low);
  return made;
}

static int make_line(char *line, size_t size, Callback it) {
  int length = snprintf(
      line, size,
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
      it.seq, it.seq % BATCH == 1 ? ",\"barrier\":true" : "", it.at, it.digest, it.at / 1000, it.name, it.name, it.name,
      it.at - 90000, it.at, it.at / 1000, it.name, it.name, it.name, it.at, it.at - 90000);
  return length + snprintf(line + length, 32, ",\"crc\":\"%08" PRIx32 "\"}\n",
                           checksum((unsigned char *)line, (size_t)length));
}

static void write_file(const char *path, const void *bytes, size_t count) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) fail(path);
  for (size_t done = 0; done < count;) {
    ssize_t wrote = write(file, (const char *)bytes + done, count - done);
    if (wrote < 0) fail(path);
    done += (size_t)wrote;
  }
  if (close(file)) fail(path);
}

static void write_journal(const char *folder, uint64_t lines, int64_t now, int only_last) {
  static char buffer[SEGMENT];
  char line[4096], path[4096];
  size_t used = 0;
  uint64_t first = 1;
  for (uint64_t seq = 1; seq <= lines + 1; seq++) {
    int length = seq > lines ? 0 : make_line(line, sizeof line - 32, callback(seq, lines, now));
    if (seq > lines || used + (size_t)length > SEGMENT) {
      snprintf(path, sizeof path, "%s/journal/%016" PRIu64 ".jsonl", folder, first);
      if (seq > lines || !only_last) write_file(path, buffer, used);
      first = seq;
      used = 0;
    }
    memcpy(buffer + used, line, (size_t)length);
    used += (size_t)length;
  }
}

static char *put(char *place, const void *bytes, size_t count) {
  memcpy(place, bytes, count);
  return place + count;
}

static char *put64(char *place, uint64_t value) { return put(place, &value, 8); }

static char *put_name(char *place, const char *name) {
  uint32_t words[2] = {1, (uint32_t)strlen(name)};
  return put(put(place, words, 8), name, words[1]);
}

// As the page on the journal's format has it; this machine's words are little-endian.
static void write_index(const char *folder, uint64_t lines, int64_t now) {
  enum { TERMINAL = 1, SIGNED_END = 4, AWAITS_RESULT = 16 };
  char *bytes = malloc(lines * 64 + 4096), *place = bytes, path[4096], number[21];
  if (!bytes) fail("malloc");
  place = put(place, "hookledger index 4\n", 19);
  place = put64(place, lines);
  place = put_name(place, "success");
  place = put_name(place, "sora-2-image-to-video");
  place = put64(place, lines);
  for (uint64_t seq = 1; seq <= lines; seq++) {
    Callback it = callback(seq, lines, now);
    snprintf(number, sizeof number, "%" PRIu64, seq);
    place = put64(place, (uint64_t)it.at << 16 | (seq & 0xffff));
    place = put64(place, key(number));
    place = put64(place, seq);
    place = put64(place, key(it.name));
    place = put64(place, it.digest);
    place = put64(place, (uint64_t)(it.at / 86400000) << 32);
    place = put64(place, 30000000);
    place = put64(place, (uint64_t)(TERMINAL | SIGNED_END | AWAITS_RESULT) << 32);
  }
  place = put64(put64(place, 0), 0);
  uint32_t sum = checksum((unsigned char *)bytes, (size_t)(place - bytes));
  place = put(place, &sum, 4);
  snprintf(path, sizeof path, "%s/index", folder);
  write_file(path, bytes, (size_t)(place - bytes));
  free(bytes);
}

int main(int count, char **arguments) {
  int has_index = count == 4 && !strcmp(arguments[3], "index");
  if (count != 3 && !has_index) {
    fprintf(stderr, "usage: journal FOLDER LINES [index]\n");
    return 2;
  }
  fill_table();
  uint64_t lines = strtoull(arguments[2], NULL, 10);
  int64_t now = (int64_t)time(NULL) * 1000;
  char path[4096];
  snprintf(path, sizeof path, "%s/journal", arguments[1]);
  if (mkdir(path, 0700) && errno != EEXIST) fail(path);
  write_journal(arguments[1], lines, now, has_index);
  if (has_index) write_index(arguments[1], lines, now);
  return 0;
}
