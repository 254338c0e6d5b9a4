#if defined(__aarch64__)
#include "vector.h"

/* 24 sums, 2 weights and one input fill 27 of 32 registers. */
enum { TILE_ROWS = 3, TILE_OUTPUTS = 2 };
#include "../vector/product.h"
#endif
