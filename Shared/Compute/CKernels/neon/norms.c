#if defined(__aarch64__)
#include "vector.h"

#include "../vector/norms.h"
#endif
