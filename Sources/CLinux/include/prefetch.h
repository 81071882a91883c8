// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Asks the processor to have the bytes at that place in its cache soon. In C because Swift has no such instruction.
static inline void hl_prefetch(const void *_Nonnull place) { __builtin_prefetch(place); }
