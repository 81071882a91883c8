// SPDX-License-Identifier: Apache-2.0
//
// RFC 8259 by recursive descent, in strict UTF-8 (RFC 3629), without a byte order mark and without half surrogates.

#include <string.h>

#include "reference.h"

struct text {
  const uint8_t *at, *end;
  int depth;
};

static int peek(struct text *text) { return text->at < text->end ? *text->at : -1; }

static int take(struct text *text, int byte) {
  if (peek(text) != byte) return 0;
  text->at++;
  return 1;
}

static void space(struct text *text) {
  while (peek(text) == ' ' || peek(text) == '\t' || peek(text) == '\n' || peek(text) == '\r') text->at++;
}

static int digits(struct text *text) {
  const uint8_t *start = text->at;
  while (peek(text) >= '0' && peek(text) <= '9') text->at++;
  return text->at > start;
}

static int word(struct text *text, const char *word) {
  while (*word)
    if (!take(text, *word++)) return 0;
  return 1;
}

static int number(struct text *text) {
  take(text, '-');
  if (!take(text, '0') && !digits(text)) return 0;
  if (take(text, '.') && !digits(text)) return 0;
  if (take(text, 'e') || take(text, 'E')) {
    if (!take(text, '+')) take(text, '-');
    return digits(text);
  }
  return 1;
}

static long hex(struct text *text) {
  long value = 0;
  for (int i = 0; i < 4; i++) {
    int byte = peek(text);
    if (byte >= '0' && byte <= '9') value = value * 16 + byte - '0';
    else if (byte >= 'a' && byte <= 'f') value = value * 16 + byte - 'a' + 10;
    else if (byte >= 'A' && byte <= 'F') value = value * 16 + byte - 'A' + 10;
    else return -1;
    text->at++;
  }
  return value;
}

static int escape(struct text *text) {
  int byte = peek(text);
  if (byte > 0 && strchr("\"\\/bfnrt", byte)) return text->at++, 1;
  if (!take(text, 'u')) return 0;
  long unit = hex(text);
  if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
  if (unit < 0xd800 || unit > 0xdbff) return 1;
  if (!take(text, '\\') || !take(text, 'u')) return 0;
  unit = hex(text);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

// One character of more than one byte: decoded, then looked at as a number.
static int sequence(struct text *text) {
  int lead = peek(text);
  int more = lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xc0 && lead < 0xe0 ? 1 : 0;
  if (!more) return 0;
  long character = lead & (0x3f >> more);
  text->at++;
  for (int i = 0; i < more; i++) {
    if (peek(text) < 0x80 || peek(text) > 0xbf) return 0;
    character = character << 6 | (*text->at++ & 0x3f);
  }
  static const long least[] = {0, 0x80, 0x800, 0x10000};
  return character >= least[more] && character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
}

static int string(struct text *text) {
  if (!take(text, '"')) return 0;
  while (!take(text, '"')) {
    int byte = peek(text);
    if (byte < 0x20) return 0;
    if (take(text, '\\')) {
      if (!escape(text)) return 0;
    } else if (byte < 0x80) {
      text->at++;
    } else if (!sequence(text)) {
      return 0;
    }
  }
  return 1;
}

static int value(struct text *text);

static int container(struct text *text, int close, int has_names) {
  if (--text->depth < 0) return 0;
  space(text);
  if (!take(text, close)) {
    do {
      space(text);
      if (has_names) {
        if (!string(text)) return 0;
        space(text);
        if (!take(text, ':')) return 0;
        space(text);
      }
      if (!value(text)) return 0;
      space(text);
    } while (take(text, ','));
    if (!take(text, close)) return 0;
  }
  text->depth++;
  return 1;
}

static int value(struct text *text) {
  switch (peek(text)) {
    case 'n': return word(text, "null");
    case 't': return word(text, "true");
    case 'f': return word(text, "false");
    case '"': return string(text);
    case '[': return text->at++, container(text, ']', 0);
    case '{': return text->at++, container(text, '}', 1);
    default: return number(text);
  }
}

int reference_json(const uint8_t *bytes, size_t count, int depth) {
  struct text text = {bytes, bytes + count, depth};
  space(&text);
  if (!value(&text)) return 0;
  space(&text);
  return text.at == text.end;
}
