#if defined(__aarch64__)
#include "vector.h"

#include "../vector/elementwise.h"
#endif
