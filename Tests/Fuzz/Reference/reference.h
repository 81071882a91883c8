// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stddef.h>
#include <stdint.h>

// A second reading of RFC 9112 and RFC 8259, written apart from the product's, in another language and another way:
// whole texts, line by line and by recursion, without a thought for speed. The fuzzers hold the two against each other.

enum verdict { need_more, complete, refused };

struct message {
  enum verdict verdict;
  size_t head_end;  // behind the empty line of the head; 0 if the head is not complete
  size_t end;       // behind the message
  size_t content;   // bytes of content, without framing
  uint64_t digest;  // FNV-1a of the content
  int is_chunked, keeps_alive, expects_continue;
};

// The first request in the text.
struct message reference_request(const uint8_t *text, size_t count);

// Whether the text is one JSON value with at most that many containers open at once.
int reference_json(const uint8_t *text, size_t count, int depth);

uint64_t reference_digest(const uint8_t *text, size_t count, uint64_t seed);
