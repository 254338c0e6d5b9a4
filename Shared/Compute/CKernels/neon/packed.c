#if defined(__aarch64__)
#include "vector.h"

#include "words.h"

/* 16 sums, 4 weights and an input, and what a product through 16 bits takes. */
enum { ROWS_AT_ONCE = 4, PANELS_AT_ONCE = 1, BLOCK_ROWS_AT_ONCE = 2, BLOCK_PANELS_AT_ONCE = 1, UNPACKED_ROWS = 25 };
#include "../vector/packed.h"
#endif
