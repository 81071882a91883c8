// SPDX-License-Identifier: Apache-2.0
#include "CLinux.h"

#include <pthread.h>
#include <sys/socket.h>

int hookledger_accept4(int descriptor, void *address, unsigned int *length, int flags) {
  return accept4(descriptor, address, length, flags);
}

int hookledger_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }
