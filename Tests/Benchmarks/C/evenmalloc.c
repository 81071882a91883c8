// SPDX-License-Identifier: Apache-2.0

// A heap whose every call costs the same, for counting instructions: LD_PRELOAD it. What glibc's own heap takes for a
// block (a look into a list, or the merging of a thousand neighbours) depends on where earlier blocks happened to end
// up, which differs from run to run by more than a change of the program is allowed to.
// Blocks have glibc's sizes, so that arrays grow alike; a free block waits for the next one of its size, nothing is
// ever merged. For short runs only: a heap of 8 GiB of address space, of which only what is touched takes memory.

#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { STEP = 16, LISTED = 1 << 20, LISTS = LISTED / STEP };
static const size_t HEAP = (size_t)8 << 30;

// Before every block.
struct header {
  _Alignas(STEP) size_t size;
};

static char *next, *end;
static void *waiting[LISTS];
static atomic_flag taken = ATOMIC_FLAG_INIT;

static void lock(void) {
  while (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire)) sched_yield();
}

static void unlock(void) {
  atomic_flag_clear_explicit(&taken, memory_order_release);
}

static struct header *header(void *block) {
  return (struct header *)block - 1;
}

// Memory that nothing had yet; NULL when the heap is used up. With the lock held.
static char *carve(size_t size) {
  if (!next) {
    char *heap = mmap(NULL, HEAP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (heap == MAP_FAILED) return NULL;
    next = heap, end = heap + HEAP;
  }
  if (size > (size_t)(end - next)) return NULL;
  char *start = next;
  next += size;
  return start;
}

static void *allocate(size_t alignment, size_t wanted) {
  if (wanted > HEAP) return errno = ENOMEM, NULL;
  // As glibc: a multiple of 16 bytes of which 8 are its own, and no less than 24.
  size_t size = wanted <= 24 ? 24 : (wanted + 8 + STEP - 1) / STEP * STEP - 8;
  size_t list = size / STEP;
  void *block = NULL;
  lock();
  if (alignment <= STEP && list < LISTS && waiting[list]) {
    block = waiting[list];
    memcpy(&waiting[list], block, sizeof(void *));
  } else {
    size_t room = alignment <= STEP ? STEP : alignment;
    char *start = carve((room + size + STEP) / STEP * STEP);
    if (start) {
      block = (void *)(((uintptr_t)start + sizeof(struct header) + room - 1) / room * room);
      header(block)->size = size;
    }
  }
  unlock();
  if (!block) errno = ENOMEM;
  return block;
}

void *malloc(size_t size) {
  return allocate(STEP, size);
}

void free(void *block) {
  if (!block) return;
  size_t list = header(block)->size / STEP;
  if (list >= LISTS) return;
  lock();
  memcpy(block, &waiting[list], sizeof(void *));
  waiting[list] = block;
  unlock();
}

void *calloc(size_t number, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(number, size, &bytes)) return errno = ENOMEM, NULL;
  void *block = allocate(STEP, bytes);
  return block ? memset(block, 0, bytes) : NULL;
}

void *realloc(void *block, size_t size) {
  if (!block) return malloc(size);
  size_t had = header(block)->size;
  if (size <= had && size > had / 2) return block;
  void *moved = malloc(size);
  if (!moved) return NULL;
  memcpy(moved, block, size < had ? size : had);
  free(block);
  return moved;
}

void *memalign(size_t alignment, size_t size) {
  return allocate(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return allocate(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = allocate(alignment, size);
  return *block ? 0 : ENOMEM;
}

size_t malloc_usable_size(void *block) {
  return block ? header(block)->size : 0;
}
