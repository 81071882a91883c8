// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Takes the pages of code and constants, the program's own and its libraries', out of the process's resident memory
/// (madvise(2), MADV_DONTNEED); each comes back from the page cache when it is touched again. Only what was mapped
/// read-only from the start is touched, so nothing can be lost. In C because Swift cannot walk the loaded objects
/// (dl_iterate_phdr(3)).
void hl_release_code(void);

/// One heap for all threads, from now on (mallopt(3), M_ARENA_MAX), which is not in Swift's Glibc module.
void hl_share_heap(void);

/// Gives pages of the heap that nothing stands in back to the kernel (malloc_trim(3)), which is not in Swift's Glibc
/// module.
void hl_release_heap(void);
