#if defined(__x86_64__)
#include "vector.h"

#include "words.h"

enum { CHAINS = 20 };
#include "../vector/machine_rate.h"
#endif
