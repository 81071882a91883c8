// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static int release(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  // The kernel's own object is no file.
  if (object->dlpi_addr == getauxval(AT_SYSINFO_EHDR)) return 0;
  // A library whose code was changed while it was loaded must keep it.
  for (int n = 0; n < object->dlpi_phnum; n++) {
    if (object->dlpi_phdr[n].p_type != PT_DYNAMIC) continue;
    for (const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[n].p_vaddr);
         entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL)) return 0;
  }
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int n = 0; n < object->dlpi_phnum; n++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[n];
    if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
    uintptr_t start = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_filesz + page - 1) & ~(page - 1);
    // Only advice: where it is not taken nothing is different.
    (void)madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void hl_release_code(void) { dl_iterate_phdr(release, NULL); }

void hl_share_heap(void) { (void)mallopt(M_ARENA_MAX, 1); }

void hl_release_heap(void) { (void)malloc_trim(0); }
