// SPDX-License-Identifier: Apache-2.0
#pragma once

/// syncfs(2), which glibc declares only for GNU sources, as Swift's Glibc module is not.
int hl_syncfs(int descriptor);

/// The flag O_DIRECT of open(2), which is a GNU extension likewise.
int hl_direct_flag(void);
