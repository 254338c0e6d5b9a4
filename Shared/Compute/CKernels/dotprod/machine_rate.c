#if defined(__aarch64__)
#define TARGET __attribute__((target("+dotprod")))
#define KERNEL(name) TARGET void llava_dotprod_##name
#define LLAVA_HAS_DOTS
#include "../neon/vector.h"

#include "../neon/words.h"

enum { CHAINS = 24 };
#include "../vector/machine_rate.h"
#endif
