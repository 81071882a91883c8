// SPDX-License-Identifier: Apache-2.0
#pragma once
// Not in Swift's Glibc module.
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include "crc32c.h"
#include "files.h"
#include <sys/socket.h>

/// accept4(2) is a GNU extension that the Glibc module hides. It makes the new descriptor non-blocking and
/// close-on-exec at birth, so that no fork between accept and fcntl can inherit it.
int hookledger_accept4(int descriptor, struct sockaddr *_Nullable address, socklen_t *_Nullable length, int flags);

/// pthread_setname_np(3) is hidden likewise. Names longer than 15 bytes are refused.
int hookledger_name_thread(pthread_t thread, const char *_Nonnull name);
