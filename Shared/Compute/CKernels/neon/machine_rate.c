#if defined(__aarch64__)
#include "vector.h"

#include "words.h"

enum { CHAINS = 24 };
#include "../vector/machine_rate.h"
#endif
