// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <unistd.h>

int hl_syncfs(int descriptor) { return syncfs(descriptor); }
