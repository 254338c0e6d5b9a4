#if defined(__x86_64__)
#include "vector.h"

#include "../vector/elementwise.h"
#endif
