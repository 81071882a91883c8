// SPDX-License-Identifier: Apache-2.0
#pragma once
// Not in Swift's Glibc module. No header that is in it may be included here: its types would belong to both modules.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "crc32c.h"
#include "escapes.h"
#include "files.h"
#include "memory.h"
#include "prefetch.h"

/// accept4(2) is a GNU extension that the Glibc module hides. It makes the new descriptor non-blocking and
/// close-on-exec at birth, so that no fork between accept and fcntl can inherit it. `address` has room for `*length`
/// bytes of a socket address.
int hookledger_accept4(int descriptor, void *_Nonnull address, unsigned int *_Nonnull length, int flags);

/// pthread_setname_np(3) is hidden likewise. Names the calling thread; names longer than 15 bytes are refused.
int hookledger_name_thread(const char *_Nonnull name);
