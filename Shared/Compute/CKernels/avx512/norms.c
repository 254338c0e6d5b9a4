#if defined(__x86_64__)
#include "vector.h"

#include "../vector/norms.h"
#endif
