#if defined(__x86_64__)
/* Sixteen words of four bytes, with the dot products of VNNI and BF16. */
#include "../vnni/words.h"

VECTOR vec words_bf16_dot(vec sum, words a, words b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
#endif
