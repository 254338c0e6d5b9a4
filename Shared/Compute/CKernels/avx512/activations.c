#if defined(__x86_64__)
#include "../reference/convert.h"
#include "vector.h"

#include "../vector/activations.h"
#endif
