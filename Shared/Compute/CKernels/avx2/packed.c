#if defined(__x86_64__)
#include "vector.h"

#include "words.h"

enum { ROWS_AT_ONCE = 2, PANELS_AT_ONCE = 1, BLOCK_ROWS_AT_ONCE = 2, HOLDS_WHOLE_TILES = false, UNPACKED_ROWS = 25 };
#include "../vector/packed.h"
#endif
