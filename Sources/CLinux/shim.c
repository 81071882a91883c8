// SPDX-License-Identifier: Apache-2.0
#include "CLinux.h"

int hookledger_accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
  return accept4(descriptor, address, length, flags);
}

int hookledger_name_thread(pthread_t thread, const char *name) {
  return pthread_setname_np(thread, name);
}
