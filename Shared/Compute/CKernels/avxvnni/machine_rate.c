#if defined(__x86_64__)
#include "words.h"

enum { CHAINS = 12 };
#include "../vector/machine_rate.h"
#endif
