#if defined(__aarch64__)
#include "vector.h"

/* 16 sums, 4 keys or values and an input. */
enum { ROWS_AT_ONCE = 4, BLOCKS_OF_ROWS = 1, VECTORS_OF_ROWS = 4, BLOCKS_OF_SOME = 1, VECTORS_OF_SOME = 4 };
#include "../vector/attend.h"
#endif
