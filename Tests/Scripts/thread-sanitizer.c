// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into the tests under the thread sanitizer. `Synchronization.Mutex` locks by an atomic in the code that uses
// it, which the sanitizer sees; but when two threads meet, it goes on in libswiftSynchronization.so, which is not
// instrumented, and the sanitizer takes the lock for none. These two functions stand before the library's and tell it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

// _MutexHandle._lockSlow(_: UInt32) and ._unlockSlow(), self in the context register.
typedef SWIFT void (*lock_slow)(uint32_t thread, SELF self);
typedef SWIFT void (*unlock_slow)(SELF self);

SWIFT void interposed_lock(uint32_t thread, SELF self) __asm__(LOCK_SLOW);
SWIFT void interposed_unlock(SELF self) __asm__(UNLOCK_SLOW);

static lock_slow real_lock;
static unlock_slow real_unlock;

// Only processes that load the library call these, and by then it has been found.
static void *find(const char *name) { return dlsym(RTLD_NEXT, name); }

SWIFT void interposed_lock(uint32_t thread, SELF self) {
  if (!real_lock) real_lock = (lock_slow)find(LOCK_SLOW);
  real_lock(thread, self);
  if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void interposed_unlock(SELF self) {
  if (!real_unlock) real_unlock = (unlock_slow)find(UNLOCK_SLOW);
  if (__tsan_release) __tsan_release(self);
  real_unlock(self);
}
