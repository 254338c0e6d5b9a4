#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16")))
#define KERNEL(name) TARGET void llava_bf16_##name
#define LLAVA_HAS_DOTS
#define LLAVA_HAS_BF16_DOTS
#include "../avx512/vector.h"

#include "../avx512/words.h"
#include "words.h"

enum { CHAINS = 20 };
#include "../vector/machine_rate.h"
#endif
