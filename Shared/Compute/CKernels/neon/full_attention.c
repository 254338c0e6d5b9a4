#if defined(__aarch64__)
#include "vector.h"

#include "words.h"

#define PACK_ROWS llava_neon_pack_rows
#define PACKED_PRODUCT llava_neon_packed_product
#include "../vector/full_attention.h"
#endif
