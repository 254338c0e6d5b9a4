#if defined(__x86_64__)
#include "vector.h"

#include "words.h"

enum { ROWS_AT_ONCE = 4, PANELS_AT_ONCE = 2, BLOCK_ROWS_AT_ONCE = 4, BLOCK_PANELS_AT_ONCE = 2, UNPACKED_ROWS = 25 };
#include "../vector/packed.h"
#endif
