#if defined(__aarch64__)
#define TARGET __attribute__((target("+dotprod")))
#define KERNEL(name) TARGET void llava_dotprod_##name
#define LLAVA_HAS_DOTS
#include "../neon/vector.h"

#include "../neon/words.h"

#define PACK_ROWS llava_neon_pack_rows
#define PACKED_PRODUCT llava_dotprod_packed_product
#include "../vector/full_attention.h"
#endif
