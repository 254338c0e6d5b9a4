#if defined(__x86_64__)
#include "vector.h"

/* 12 sums, 2 weights and one input fill 15 of 16 registers. */
enum { TILE_ROWS = 3, TILE_OUTPUTS = 2 };
#include "../vector/product.h"
#endif
