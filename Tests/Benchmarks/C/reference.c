// SPDX-License-Identifier: Apache-2.0

// The yardstick: a receiver of callbacks as small as it can be in C. One thread, one epoll loop. It finds the fields
// of the body with one validating scan, checks the signature, appends the callback to a log that was filled with zeros
// beforehand, syncs once for all callbacks of a turn of the loop, and answers then.
//
// It is a floor, not a product: no checksums, no recovery, no duplicates, no task state, no queries, no limits in time,
// no chunked bodies, UTF-8 not checked, and the log starts over when it is full.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { inputSize = 16 * 1024, logSize = 256 << 20, batchSize = 4 << 20, maxEvents = 512, maxPending = 4096 };

typedef struct {
  const char *start;
  size_t count;
} Text;

typedef struct {
  int fd, filled;
  char input[inputSize];
} Connection;

static int poller, logFile;
static off_t logOffset;
static char *batch;
static size_t batchCount;
static Connection *pending[maxPending];
static int pendingCount;
static time_t now;

static void die(const char *what) {
  perror(what);
  exit(1);
}

// MARK: - HMAC-SHA256 with both pads hashed once

static SHA256_CTX inner, outer;

static void hmac_key(const char *key) {
  unsigned char block[64] = {0}, pad[64];
  size_t count = strlen(key);
  if (count > 64) SHA256((const unsigned char *)key, count, block);
  else memcpy(block, key, count);
  SHA256_Init(&inner);
  SHA256_Init(&outer);
  for (int i = 0; i < 64; i++) pad[i] = block[i] ^ 0x36;
  SHA256_Update(&inner, pad, 64);
  for (int i = 0; i < 64; i++) pad[i] = block[i] ^ 0x5c;
  SHA256_Update(&outer, pad, 64);
}

static bool signature_fits(Text task, Text time, Text signature) {
  SHA256_CTX context = inner;
  unsigned char code[32], text[48];
  SHA256_Update(&context, task.start, task.count);
  SHA256_Update(&context, ".", 1);
  SHA256_Update(&context, time.start, time.count);
  SHA256_Final(code, &context);
  context = outer;
  SHA256_Update(&context, code, 32);
  SHA256_Final(code, &context);
  EVP_EncodeBlock(text, code, 32);
  if (signature.count != 44) return false;
  unsigned char difference = 0;
  for (int i = 0; i < 44; i++) difference |= text[i] ^ (unsigned char)signature.start[i];
  return difference == 0;
}

// MARK: - JSON: one scan that validates and notes the members that count

typedef struct {
  const char *at, *end;
  Text task, state, result;
} Scan;

static void skip_space(Scan *s) {
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')) s->at++;
}

static bool scan_string(Scan *s, Text *text) {
  if (s->at >= s->end || *s->at != '"') return false;
  const char *start = ++s->at;
  while (s->at < s->end) {
    unsigned char byte = (unsigned char)*s->at;
    if (byte == '"') {
      *text = (Text){start, (size_t)(s->at - start)};
      s->at++;
      return true;
    }
    if (byte < 0x20) return false;
    if (byte == '\\') {
      if (++s->at >= s->end) return false;
      if (*s->at == 'u') {
        for (int i = 0; i < 4; i++) {
          if (++s->at >= s->end || !strchr("0123456789abcdefABCDEF", *s->at) || !*s->at) return false;
        }
      } else if (!*s->at || !strchr("\"\\/bfnrt", *s->at)) {
        return false;
      }
    }
    s->at++;
  }
  return false;
}

static bool scan_digits(Scan *s) {
  const char *start = s->at;
  while (s->at < s->end && *s->at >= '0' && *s->at <= '9') s->at++;
  return s->at > start;
}

static bool scan_number(Scan *s) {
  if (s->at < s->end && *s->at == '-') s->at++;
  if (s->at < s->end && *s->at == '0') s->at++;
  else if (!scan_digits(s)) return false;
  if (s->at < s->end && *s->at == '.') {
    s->at++;
    if (!scan_digits(s)) return false;
  }
  if (s->at < s->end && (*s->at | 32) == 'e') {
    s->at++;
    if (s->at < s->end && (*s->at == '+' || *s->at == '-')) s->at++;
    if (!scan_digits(s)) return false;
  }
  return true;
}

static bool scan_word(Scan *s, const char *word, size_t count) {
  if ((size_t)(s->end - s->at) < count || memcmp(s->at, word, count) != 0) return false;
  s->at += count;
  return true;
}

static bool is(Text text, const char *word) { return text.count == strlen(word) && !memcmp(text.start, word, text.count); }

static bool scan_value(Scan *s, int depth, Text name);

static bool scan_object(Scan *s, int depth) {
  s->at++;
  skip_space(s);
  if (s->at < s->end && *s->at == '}') return s->at++, true;
  for (;;) {
    Text name;
    skip_space(s);
    if (!scan_string(s, &name)) return false;
    skip_space(s);
    if (s->at >= s->end || *s->at++ != ':') return false;
    if (!scan_value(s, depth + 1, name)) return false;
    skip_space(s);
    if (s->at >= s->end) return false;
    if (*s->at == '}') return s->at++, true;
    if (*s->at++ != ',') return false;
  }
}

static bool scan_array(Scan *s, int depth) {
  s->at++;
  skip_space(s);
  if (s->at < s->end && *s->at == ']') return s->at++, true;
  for (;;) {
    if (!scan_value(s, depth + 1, (Text){"", 0})) return false;
    skip_space(s);
    if (s->at >= s->end) return false;
    if (*s->at == ']') return s->at++, true;
    if (*s->at++ != ',') return false;
  }
}

static bool scan_value(Scan *s, int depth, Text name) {
  Text text;
  skip_space(s);
  if (depth > 64 || s->at >= s->end) return false;
  switch (*s->at) {
    case '{': return scan_object(s, depth);
    case '[': return scan_array(s, depth);
    case 't': return scan_word(s, "true", 4);
    case 'f': return scan_word(s, "false", 5);
    case 'n': return scan_word(s, "null", 4);
    case '"':
      if (!scan_string(s, &text)) return false;
      if (is(name, "taskId") || is(name, "task_id")) s->task = text;
      else if (is(name, "state")) s->state = text;
      else if (is(name, "resultJson")) s->result = text;
      return true;
    default: return scan_number(s);
  }
}

// MARK: - HTTP

typedef struct {
  Text time, signature;
  size_t head, body;
  bool isPost;
} Head;

// 1: complete, 0: more needed, -1: not acceptable.
static int read_head(const Connection *c, Head *head) {
  const char *end = memmem(c->input, (size_t)c->filled, "\r\n\r\n", 4);
  if (!end) return c->filled == inputSize ? -1 : 0;
  *head = (Head){.isPost = memcmp(c->input, "POST /callbacks ", 16) == 0, .head = (size_t)(end + 4 - c->input)};
  const char *line = memchr(c->input, '\n', head->head);
  while (line && ++line < end) {
    const char *feed = memchr(line, '\n', (size_t)(end + 2 - line));
    const char *colon = memchr(line, ':', (size_t)(feed - line));
    if (!feed || !colon) return -1;
    const char *value = colon + 1, *last = feed - 1;
    while (value < last && *value == ' ') value++;
    Text text = {value, (size_t)(last - value)};
    size_t name = (size_t)(colon - line);
    if (name == 14 && !strncasecmp(line, "content-length", 14)) head->body = strtoul(value, NULL, 10);
    else if (name == 19 && !strncasecmp(line, "x-webhook-timestamp", 19)) head->time = text;
    else if (name == 19 && !strncasecmp(line, "x-webhook-signature", 19)) head->signature = text;
    line = feed;
  }
  return head->body > inputSize - head->head ? -1 : 1;
}

static bool accept_callback(const Connection *c, const Head *head) {
  Scan scan = {.at = c->input + head->head, .end = c->input + head->head + head->body};
  if (!scan_value(&scan, 0, (Text){"", 0})) return false;
  skip_space(&scan);
  if (scan.at != scan.end || scan.task.count == 0 || scan.task.count > 256 || head->time.count == 0) return false;
  long seconds = strtol(head->time.start, NULL, 10);
  if (seconds < now - 300 || seconds > now + 300) return false;
  return signature_fits(scan.task, head->time, head->signature);
}

static void answer(Connection *c, bool isGood) {
  static const char good[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
                             "{\"status\":\"received\"}";
  static const char refusal[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
  if (isGood) (void)!send(c->fd, good, sizeof good - 1, MSG_NOSIGNAL);
  else (void)!send(c->fd, refusal, sizeof refusal - 1, MSG_NOSIGNAL);
}

static void drop(Connection *c) {
  close(c->fd);
  free(c);
}

// MARK: - Log

static void open_log(const char *path) {
  static char zeros[1 << 20];
  logFile = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (logFile < 0) die("log");
  for (int i = 0; i < logSize >> 20; i++) {
    if (pwrite(logFile, zeros, sizeof zeros, (off_t)i << 20) != sizeof zeros) die("log");
  }
  if (fsync(logFile) != 0) die("fsync");
}

static void commit(void) {
  if (pendingCount == 0) return;
  if (logOffset + (off_t)batchCount > logSize) logOffset = 0;
  bool isDurable = pwrite(logFile, batch, batchCount, logOffset) == (ssize_t)batchCount && fdatasync(logFile) == 0;
  if (!isDurable) die("log");
  logOffset += (off_t)batchCount;
  for (int i = 0; i < pendingCount; i++) answer(pending[i], true);
  pendingCount = 0;
  batchCount = 0;
}

static void keep(Connection *c, size_t count) {
  if (batchCount + count + 1 > batchSize || pendingCount == maxPending) commit();
  memcpy(batch + batchCount, c->input, count);
  batchCount += count;
  batch[batchCount++] = '\n';
  pending[pendingCount++] = c;
}

// MARK: - Loop

static void readable(Connection *c) {
  ssize_t n = recv(c->fd, c->input + c->filled, (size_t)(inputSize - c->filled), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(c);
  c->filled += (int)n;
  Head head;
  int state = read_head(c, &head);
  if (state < 0) return drop(c);
  if (state == 0 || (size_t)c->filled < head.head + head.body) return;
  if (head.isPost && accept_callback(c, &head)) keep(c, head.head + head.body);
  else answer(c, false);
  size_t used = head.head + head.body;
  memmove(c->input, c->input + used, (size_t)c->filled - used);
  c->filled -= (int)used;
}

static void accept_all(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Connection *c = malloc(sizeof *c);
    if (!c) die("malloc");
    c->fd = fd;
    c->filled = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: reference PORT KEY LOG\n");
    return 2;
  }
  hmac_key(argv[2]);
  open_log(argv[3]);
  batch = malloc(batchSize);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (!batch || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0)
    die("listen");
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[maxEvents];
  if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll_ctl");
  for (;;) {
    int count = epoll_wait(poller, events, maxEvents, -1);
    now = time(NULL);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr) readable(events[i].data.ptr);
      else accept_all(listener);
    }
    commit();
  }
}
