#if defined(__x86_64__)
/* Eight words of four bytes, with the dot products of AVX-VNNI. LLAVA_SPELLED_DOTS spells them in AVX2, to the same bits: so
 * the level can be tried on CPUs that lack them. */
#ifdef LLAVA_SPELLED_DOTS
#define TARGET __attribute__((target("avx2,fma,f16c")))
#else
#define TARGET __attribute__((target("avx2,fma,f16c,avxvnni")))
#endif
#define KERNEL(name) TARGET void llava_avxvnni_##name
#define LLAVA_HAS_DOTS
#include "../avx2/vector.h"

#include "../avx2/words.h"

VECTOR words words_start(const void *correction) { return words_all(correction); }
#ifdef LLAVA_SPELLED_DOTS
VECTOR words words_dot(words sum, words weights, words inputs) {
  words even = _mm256_madd_epi16(
      _mm256_and_si256(weights, _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(inputs, 8), 8));
  words odd = _mm256_madd_epi16(_mm256_srli_epi16(weights, 8), _mm256_srai_epi16(inputs, 8));
  return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}
#else
VECTOR words words_dot(words sum, words weights, words inputs) { return _mm256_dpbusd_avx_epi32(sum, weights, inputs); }
#endif
#endif
