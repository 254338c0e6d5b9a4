#if defined(__aarch64__)
#include "../reference/convert.h"
#include "vector.h"

#include "../vector/activations.h"
#endif
