#if defined(__x86_64__)
#include "vector.h"

#include "words.h"

#define PACK_ROWS llava_avx2_pack_rows
#define PACKED_PRODUCT llava_avx2_packed_product
#include "../vector/full_attention.h"
#endif
