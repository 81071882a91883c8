// SPDX-License-Identifier: Apache-2.0
//
// RFC 9112 read line by line. Where the RFC leaves a choice, the product's documented one is taken: no leniency, a host
// that is not empty and has no comma, one Content-Length, one Transfer-Encoding, and the limits of `HTTPLimits`.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "reference.h"

enum { max_method = 256, max_line = 8192, max_head = 16384, max_fields = 100, max_chunk_line = 1024 };
static const uint64_t max_body = 1 << 20;

// A piece of text.
struct piece {
  const uint8_t *at;
  size_t count;
};

static int is_one_of(uint8_t byte, const char *set) { return byte && byte < 0x80 && strchr(set, byte) != NULL; }
static int is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
static int is_letter(uint8_t byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
static int is_hex(uint8_t byte) { return is_digit(byte) || is_one_of(byte, "abcdefABCDEF"); }
static int is_blank(uint8_t byte) { return byte == ' ' || byte == '\t'; }
static int is_tchar(uint8_t byte) { return is_digit(byte) || is_letter(byte) || is_one_of(byte, "!#$%&'*+-.^_`|~"); }
static int is_unreserved(uint8_t byte) { return is_digit(byte) || is_letter(byte) || is_one_of(byte, "-._~"); }
static int is_text(uint8_t byte) { return byte == '\t' || (byte >= ' ' && byte != 0x7f); }

static int is_token(struct piece text) {
  for (size_t i = 0; i < text.count; i++)
    if (!is_tchar(text.at[i])) return 0;
  return text.count > 0;
}

static int equals(struct piece text, const char *word) {
  return text.count == strlen(word) && strncasecmp((const char *)text.at, word, text.count) == 0;
}

static struct piece trimmed(struct piece text) {
  while (text.count && is_blank(text.at[0])) text.at++, text.count--;
  while (text.count && is_blank(text.at[text.count - 1])) text.count--;
  return text;
}

// Takes a line with its CRLF off the text. need_more without a CRLF, refused if CR or LF stand elsewhere.
static enum verdict take_line(struct piece *text, struct piece *line) {
  const uint8_t *end = text->count < 2 ? NULL : memmem(text->at, text->count, "\r\n", 2);
  if (!end) return need_more;
  *line = (struct piece){text->at, (size_t)(end - text->at)};
  text->count -= line->count + 2;
  text->at = end + 2;
  if (memchr(line->at, '\r', line->count) || memchr(line->at, '\n', line->count)) return refused;
  return complete;
}

// Behind a run of characters that are unreserved, in `others`, or percent-encoded; -1 for a broken "%".
static long uri_run(struct piece text, const char *others) {
  size_t i = 0;
  while (i < text.count) {
    if (text.at[i] == '%') {
      if (i + 2 >= text.count || !is_hex(text.at[i + 1]) || !is_hex(text.at[i + 2])) return -1;
      i += 3;
    } else if (is_unreserved(text.at[i]) || is_one_of(text.at[i], others)) {
      i++;
    } else {
      break;
    }
  }
  return (long)i;
}

static int is_ip_literal(struct piece text) {
  char copy[64];
  size_t i = 1;
  if (text.count && (text.at[0] | 0x20) == 'v') {
    while (i < text.count && is_hex(text.at[i])) i++;
    if (i == 1 || i + 1 >= text.count || text.at[i] != '.') return 0;
    for (i++; i < text.count; i++)
      if (!is_unreserved(text.at[i]) && !is_one_of(text.at[i], "!$&'()*+;=:")) return 0;
    return 1;
  }
  struct in6_addr address;
  if (text.count >= sizeof copy || memchr(text.at, 0, text.count)) return 0;
  memcpy(copy, text.at, text.count);
  copy[text.count] = 0;
  return inet_pton(AF_INET6, copy, &address) == 1;
}

static int is_authority(struct piece text, int needs_port) {
  size_t i;
  if (text.count && text.at[0] == '[') {
    const uint8_t *close = memchr(text.at, ']', text.count);
    if (!close || !is_ip_literal((struct piece){text.at + 1, (size_t)(close - text.at) - 1})) return 0;
    i = (size_t)(close - text.at) + 1;
  } else {
    long name = uri_run(text, "!$&'()*+;=");
    if (name <= 0) return 0;
    i = (size_t)name;
  }
  if (i == text.count) return !needs_port;
  if (text.at[i++] != ':') return 0;
  unsigned long port = 0;
  size_t digits = text.count - i;
  if (digits > 5 || (needs_port && digits == 0)) return 0;
  for (; i < text.count; i++) {
    if (!is_digit(text.at[i])) return 0;
    port = port * 10 + (text.at[i] - '0');
  }
  return port <= 65535;
}

// path-abempty [ "?" query ] to the end of the text.
static int is_path_and_query(struct piece text) {
  long path = uri_run(text, "!$&'()*+,;=:@/");
  if (path < 0) return 0;
  text.at += path, text.count -= (size_t)path;
  if (!text.count) return 1;
  if (text.at[0] != '?') return 0;
  text.at++, text.count--;
  return uri_run(text, "!$&'()*+,;=:@/?") == (long)text.count;
}

static int is_target(struct piece method, struct piece target) {
  if (method.count == 7 && !memcmp(method.at, "CONNECT", 7)) return is_authority(target, 1);
  if (target.count == 1 && target.at[0] == '*') return method.count == 7 && !memcmp(method.at, "OPTIONS", 7);
  if (target.count && target.at[0] == '/') return is_path_and_query(target);
  size_t scheme = 0;
  if (target.count >= 7 && !strncasecmp((const char *)target.at, "http://", 7)) scheme = 7;
  if (target.count >= 8 && !strncasecmp((const char *)target.at, "https://", 8)) scheme = 8;
  if (!scheme) return 0;
  target.at += scheme, target.count -= scheme;
  size_t host = 0;
  while (host < target.count && target.at[host] != '/' && target.at[host] != '?') host++;
  return is_authority((struct piece){target.at, host}, 0) &&
         is_path_and_query((struct piece){target.at + host, target.count - host});
}

// The minor version, or -1.
static int request_line(struct piece line) {
  const uint8_t *first = memchr(line.at, ' ', line.count);
  if (!first) return -1;
  struct piece method = {line.at, (size_t)(first - line.at)};
  const uint8_t *second = memchr(first + 1, ' ', line.count - method.count - 1);
  if (!second) return -1;
  struct piece target = {first + 1, (size_t)(second - first) - 1};
  struct piece version = {second + 1, line.count - method.count - target.count - 2};
  if (!is_token(method) || method.count > max_method || !is_target(method, target)) return -1;
  if (version.count != 8 || memcmp(version.at, "HTTP/1.", 7) || !is_digit(version.at[7])) return -1;
  return version.at[7] - '0';
}

// Splits a field line; 0 if it is none.
static int field_line(struct piece line, struct piece *name, struct piece *value) {
  const uint8_t *colon = memchr(line.at, ':', line.count);
  if (!colon) return 0;
  *name = (struct piece){line.at, (size_t)(colon - line.at)};
  *value = trimmed((struct piece){colon + 1, line.count - name->count - 1});
  for (size_t i = name->count + 1; i < line.count; i++)
    if (!is_text(line.at[i])) return 0;
  return is_token(*name);
}

static int number(struct piece text, uint64_t *value) {
  *value = 0;
  for (size_t i = 0; i < text.count; i++) {
    if (!is_digit(text.at[i])) return 0;
    if (__builtin_mul_overflow(*value, 10u, value) || __builtin_add_overflow(*value, text.at[i] - '0', value)) return 0;
  }
  return text.count > 0;
}

// Connection: a list of tokens in which elements may be empty.
static int connection(struct piece value, int *close, int *keep_alive) {
  size_t start = 0;
  for (size_t i = 0; i <= value.count; i++) {
    if (i < value.count && value.at[i] != ',') continue;
    struct piece element = trimmed((struct piece){value.at + start, i - start});
    start = i + 1;
    if (element.count && !is_token(element)) return 0;
    *close |= equals(element, "close");
    *keep_alive |= equals(element, "keep-alive");
  }
  return 1;
}

static size_t skip_blanks(struct piece line, size_t i) {
  while (i < line.count && is_blank(line.at[i])) i++;
  return i;
}

static size_t skip_token(struct piece line, size_t i) {
  while (i < line.count && is_tchar(line.at[i])) i++;
  return i;
}

// chunk-size *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ), to the end of the line.
static int chunk_line(struct piece line, uint64_t *size) {
  size_t i = 0, start;
  *size = 0;
  while (i < line.count && is_hex(line.at[i])) {
    if (*size >> 59) return 0;
    *size = *size * 16 + (is_digit(line.at[i]) ? line.at[i] - '0' : (line.at[i] | 0x20) - 'a' + 10u);
    i++;
  }
  if (i == 0) return 0;
  while (i < line.count) {
    i = skip_blanks(line, i);
    if (i == line.count || line.at[i] != ';') return 0;
    start = i = skip_blanks(line, i + 1);
    i = skip_token(line, i);
    if (i == start) return 0;
    size_t mark = skip_blanks(line, i);
    if (mark == line.count || line.at[mark] != '=') continue;
    start = i = skip_blanks(line, mark + 1);
    if (i < line.count && line.at[i] == '"') {
      for (i++; i < line.count && line.at[i] != '"'; i++) {
        if (line.at[i] == '\\') i++;
        if (i == line.count || !is_text(line.at[i])) return 0;
      }
      if (i == line.count) return 0;
      i++;
    } else {
      i = skip_token(line, i);
      if (i == start) return 0;
    }
  }
  return 1;
}

static enum verdict chunked_body(struct piece *text, struct message *message) {
  struct piece line, name, value;
  uint64_t size;
  enum verdict verdict;
  do {
    if ((verdict = take_line(text, &line)) != complete) return verdict;
    if (line.count + 2 > max_chunk_line || !chunk_line(line, &size)) return refused;
    if (size > max_body - message->content) return refused;
    if (size) {
      size_t present = text->count < size ? text->count : size;
      message->digest = reference_digest(text->at, present, message->digest);
      message->content += present;
      text->at += present, text->count -= present;
      if (present < size) return need_more;
      if (text->count < 2) return need_more;
      if (memcmp(text->at, "\r\n", 2)) return refused;
      text->at += 2, text->count -= 2;
    }
  } while (size);
  for (int fields = 0;; fields++) {
    if ((verdict = take_line(text, &line)) != complete) return verdict;
    if (!line.count) return complete;
    if (fields == max_fields || !field_line(line, &name, &value)) return refused;
    if (equals(name, "host") || equals(name, "content-length") || equals(name, "transfer-encoding")) return refused;
  }
}

static enum verdict request(struct piece *text, struct message *message) {
  struct piece line, name, value;
  const uint8_t *start = text->at;
  enum verdict verdict;
  int empty = -1;
  do {
    if ((verdict = take_line(text, &line)) != complete) return verdict;
    if (++empty > 2) return refused;
  } while (!line.count);
  int minor = request_line(line);
  if (minor < 0 || line.count + 2 > max_line) return refused;

  int hosts = 0, lengths = 0, codings = 0, expectations = 0, close = 0, keep_alive = 0;
  uint64_t length = 0;
  for (int fields = 0;; fields++) {
    if ((verdict = take_line(text, &line)) != complete) return verdict;
    if (!line.count) break;
    if (fields == max_fields || !field_line(line, &name, &value)) return refused;
    if (equals(name, "host") && (hosts++ || !is_authority(value, 0))) return refused;
    if (equals(name, "content-length") && (lengths++ || !number(value, &length) || length > INT64_MAX)) return refused;
    if (equals(name, "transfer-encoding") && (codings++ || !equals(value, "chunked"))) return refused;
    if (equals(name, "connection") && !connection(value, &close, &keep_alive)) return refused;
    if (equals(name, "expect") && (expectations++ || !equals(value, "100-continue"))) return refused;
  }
  if (text->at - start > max_head) return refused;
  if (minor > 0 && !hosts) return refused;
  if (codings && (lengths || minor == 0)) return refused;
  if (length > max_body) return refused;
  message->head_end = (size_t)(text->at - start);
  message->is_chunked = codings;
  message->keeps_alive = !close && (minor > 0 || keep_alive);
  message->expects_continue = expectations && minor > 0;
  if (codings) return chunked_body(text, message);
  if (text->count < length) return need_more;
  message->content = length;
  message->digest = reference_digest(text->at, length, message->digest);
  text->at += length, text->count -= length;
  return complete;
}

struct message reference_request(const uint8_t *text, size_t count) {
  struct message message = {.digest = 0xcbf29ce484222325};
  struct piece rest = {text, count};
  message.verdict = request(&rest, &message);
  message.end = count - rest.count;
  return message;
}

uint64_t reference_digest(const uint8_t *text, size_t count, uint64_t seed) {
  for (size_t i = 0; i < count; i++) seed = (seed ^ text[i]) * 0x100000001b3;
  return seed;
}
