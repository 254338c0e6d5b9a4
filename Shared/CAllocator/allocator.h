#pragma once

#include <malloc.h>

// What glibc does with memory that has been freed (`mallopt(3)`). To be said before there are threads; without any effect
// with another C library.

/// For a process that runs for weeks: freed memory is kept in two places for all threads, instead of eight for each core, of
/// which each holds on to the most that its threads ever had.
static inline void llava_share_arenas(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
#endif
}

/// For a process whose large buffers come and go with requests: they go back to the system when they are freed.
///
/// Otherwise glibc learns from the first that is freed to keep such ones in its arenas, where what lives between them holds
/// on to them: memory creeps up although no more is in use. Not for one that computes, whose next step wants them again.
static inline void llava_return_large_buffers(void) {
#ifdef __GLIBC__
  // Any setting of it ends the learning, also that of the value it begins with.
  const int mapped_byte_count = 128 << 10;
  mallopt(M_MMAP_THRESHOLD, mapped_byte_count);
  mallopt(M_TRIM_THRESHOLD, mapped_byte_count);
#endif
}
