#pragma once

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli's polynomial; RFC 3720, section 12.1) of `count` bytes, going on from `crc`, which is 0 at the
/// start: what is in two parts gives the same as in one.
///
/// By the CPU's own instruction where it has one: several bytes in a nanosecond.
uint32_t llava_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same, bit by bit, on any CPU.
uint32_t llava_crc32c_reference(uint32_t crc, const void *bytes, size_t count);
