#if defined(__x86_64__)
#include "vector.h"

#include "words.h"

#include "../vector/pack.h"
#endif
