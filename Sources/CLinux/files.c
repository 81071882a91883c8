// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <fcntl.h>
#include <unistd.h>

int hl_syncfs(int descriptor) { return syncfs(descriptor); }

int hl_direct_flag(void) { return O_DIRECT; }
