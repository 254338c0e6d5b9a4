#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define KERNEL(name) TARGET void llava_vnni_##name
#define LLAVA_HAS_DOTS
#define BF16_PRODUCT llava_avx512_packed_product
#include "../avx512/vector.h"

#include "../avx512/words.h"
#include "words.h"

#include "shapes.h"

#include "../vector/packed.h"
#endif
