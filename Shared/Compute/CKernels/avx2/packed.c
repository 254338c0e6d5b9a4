#if defined(__x86_64__)
#include "vector.h"

#include "words.h"

/* 8 sums, 4 weights, an input, and what a product through 16 bits takes; sums of blocks wait in memory. */
enum { ROWS_AT_ONCE = 4, PANELS_AT_ONCE = 1, BLOCK_ROWS_AT_ONCE = 4, BLOCK_PANELS_AT_ONCE = 1, UNPACKED_ROWS = 25 };
#include "../vector/packed.h"
#endif
