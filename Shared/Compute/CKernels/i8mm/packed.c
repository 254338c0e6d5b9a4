#if defined(__aarch64__)
#define TARGET __attribute__((target("+dotprod+i8mm+bf16")))
#define KERNEL(name) TARGET void llava_i8mm_##name
#define LLAVA_HAS_DOTS
#define LLAVA_HAS_I8MM
#define LLAVA_HAS_BF16_DOTS
#include "../neon/vector.h"

#include "../neon/words.h"
#include "words.h"

/* 24 sums, 4 weights and an input; for blocks 12 sums of numbers and 12 of blocks. */
enum { ROWS_AT_ONCE = 6, PANELS_AT_ONCE = 1, BLOCK_ROWS_AT_ONCE = 3, BLOCK_PANELS_AT_ONCE = 1, UNPACKED_ROWS = 25 };
#include "../vector/packed.h"
#endif
