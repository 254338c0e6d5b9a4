#if defined(__x86_64__)
#include "vector.h"

/* 24 sums, 2 keys or values and an input. */
enum { ROWS_AT_ONCE = 12, BLOCKS_OF_ROWS = 2, VECTORS_OF_ROWS = 2, BLOCKS_OF_SOME = 4, VECTORS_OF_SOME = 4 };
#include "../vector/attend.h"
#endif
