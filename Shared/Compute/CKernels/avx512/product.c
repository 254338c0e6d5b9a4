#if defined(__x86_64__)
#include "vector.h"

/* 24 sums, 4 weights and one input fill 29 of 32 registers. */
enum { TILE_ROWS = 6, TILE_OUTPUTS = 4 };
#include "../vector/product.h"
#endif
