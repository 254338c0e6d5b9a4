#if defined(__aarch64__)
#define TARGET __attribute__((target("+dotprod+i8mm+bf16")))
#define KERNEL(name) TARGET void llava_i8mm_##name
#define LLAVA_HAS_DOTS
#define LLAVA_HAS_I8MM
#define LLAVA_HAS_BF16_DOTS
#include "../neon/vector.h"

#include "../neon/words.h"

#define PACK_ROWS llava_neon_pack_rows
#define PACKED_PRODUCT llava_i8mm_packed_product
#include "../vector/full_attention.h"
#endif
