#if defined(__aarch64__)
#include "vector.h"

#include "words.h"

#include "../vector/pack.h"
#endif
