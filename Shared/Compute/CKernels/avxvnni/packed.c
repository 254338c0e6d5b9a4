#if defined(__x86_64__)
#include "words.h"

/* 12 sums, as many as hide the latency of a dot, 2 weights and an input; sums of blocks wait in memory. */
enum { ROWS_AT_ONCE = 6, PANELS_AT_ONCE = 1, BLOCK_ROWS_AT_ONCE = 6, BLOCK_PANELS_AT_ONCE = 1, UNPACKED_ROWS = 25 };
#define BF16_PRODUCT llava_avx2_packed_product
#include "../vector/packed.h"
#endif
