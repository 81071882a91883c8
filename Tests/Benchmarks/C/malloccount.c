// SPDX-License-Identifier: Apache-2.0

// Counts the heap allocations of a process: LD_PRELOAD it, and read the file named by MALLOC_COUNT_FILE when the
// process has ended: its allocations (malloc, calloc, realloc, aligned), of all threads.
// glibc's own entry points do the work.

#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_ulong allocations;

static void count(void) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
  count();
  return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  count();
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("MALLOC_COUNT_FILE");
  FILE *file = path ? fopen(path, "we") : NULL;
  if (!file) return;
  fprintf(file, "%lu\n", atomic_load(&allocations));
  fclose(file);
}
