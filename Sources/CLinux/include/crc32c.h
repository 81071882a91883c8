// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes, continuing from `seed` (0 for a fresh sum).
/// In C because Swift cannot name the processor's own CRC-32C instruction; a table serves where there is none.
uint32_t hl_crc32c(uint32_t seed, const void *_Nullable bytes, size_t count);

/// The same by the table alone, for the test that holds the two against each other.
uint32_t hl_crc32c_by_table(uint32_t seed, const void *_Nullable bytes, size_t count);
