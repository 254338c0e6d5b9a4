#if defined(__aarch64__)
#include "vector.h"

#include "../vector/convert.h"
#endif
