#if defined(__x86_64__)
#define LLAVA_HAS_BYTES /* products of bytes, whose sums have 16 bits */
#include "vector.h"

#include "words.h"

enum { CHAINS = 12 };
#include "../vector/machine_rate.h"
#endif
