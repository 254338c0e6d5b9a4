#if defined(__x86_64__)
#include "vector.h"

/* 8 sums, 2 keys or values and an input. */
enum { ROWS_AT_ONCE = 4, BLOCKS_OF_ROWS = 1, VECTORS_OF_ROWS = 2, BLOCKS_OF_SOME = 1, VECTORS_OF_SOME = 2 };
#include "../vector/attend.h"
#endif
