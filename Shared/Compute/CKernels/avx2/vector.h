#if defined(__x86_64__)
/* The vector of this level: eight lanes. What vector/ is written in. */
#ifndef LLAVA_VECTOR_H
#define LLAVA_VECTOR_H

#include "../levels.h"
#include <immintrin.h>
#include <string.h>

#ifndef TARGET /* avxvnni/ has all of this, and more instructions */
#define TARGET __attribute__((target("avx2,fma,f16c")))
#define KERNEL(name) TARGET void llava_avx2_##name
#endif
#define VECTOR static inline __attribute__((always_inline)) TARGET

#define UNROLLED _Pragma("clang loop unroll(full)")
#define IN_REGISTER "+x"

enum { WIDTH = 8 };
typedef __m256 vec;

VECTOR __m256i first(size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

VECTOR vec vec_all(float value) { return _mm256_set1_ps(value); }
VECTOR vec vec_load(const float *p) { return _mm256_loadu_ps(p); }
VECTOR vec vec_load_part(const float *p, size_t count) { return _mm256_maskload_ps(p, first(count)); }
VECTOR void vec_store(float *p, vec a) { _mm256_storeu_ps(p, a); }
VECTOR void vec_store_part(float *p, vec a, size_t count) { _mm256_maskstore_ps(p, first(count), a); }
VECTOR vec vec_add(vec a, vec b) { return _mm256_add_ps(a, b); }
VECTOR vec vec_subtract(vec a, vec b) { return _mm256_sub_ps(a, b); }
VECTOR vec vec_multiply(vec a, vec b) { return _mm256_mul_ps(a, b); }
VECTOR vec vec_divide(vec a, vec b) { return _mm256_div_ps(a, b); }
VECTOR vec vec_max(vec a, vec b) { return _mm256_max_ps(a, b); } /* b where either is NaN */
VECTOR vec vec_min(vec a, vec b) { return _mm256_min_ps(a, b); } /* b where either is NaN */
VECTOR vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
VECTOR vec vec_round(vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
VECTOR vec vec_scale_by_power(vec a, vec exponent) { /* exponent in -126 ... 127 */
  __m256i power = _mm256_add_epi32(_mm256_cvtps_epi32(exponent), _mm256_set1_epi32(127));
  return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(power, 23)));
}
VECTOR vec vec_if_less(vec a, vec b, vec yes, vec no) {
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
VECTOR vec vec_and(vec a, vec b) { return _mm256_and_ps(a, b); }
VECTOR vec vec_or(vec a, vec b) { return _mm256_or_ps(a, b); }

VECTOR float vec_largest(vec a) {
  __m128 m = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  m = _mm_max_ps(m, _mm_movehl_ps(m, m));
  return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

VECTOR float vec_sum(vec a) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/* Four lanes: what is left of sixteen sums that were added in halves twice. */
typedef __m128 quad;
VECTOR quad vec_quarter_sum(const vec a[16 / WIDTH]) {
  __m256 half = _mm256_add_ps(a[0], a[1]);
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
VECTOR quad quad_add(quad a, quad b) { return _mm_add_ps(a, b); }
VECTOR void quad_store(float *p, quad a) { _mm_storeu_ps(p, a); }
VECTOR void quads_turn(quad rows[4]) { _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]); }

VECTOR vec from_halves(__m128i halves, llava_element type) {
  if (type == LLAVA_F16) return _mm256_cvtph_ps(halves);
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

VECTOR vec vec_widen(const void *p, llava_element type) {
  if (type == LLAVA_F32) return vec_load((const float *)p);
  return from_halves(_mm_loadu_si128((const __m128i *)p), type);
}

VECTOR vec vec_widen_part(const void *p, llava_element type, size_t count) {
  if (type == LLAVA_F32) return vec_load_part((const float *)p, count);
  __m128i halves = _mm_setzero_si128();
  memcpy(&halves, p, 2 * count);
  return from_halves(halves, type);
}

VECTOR void vec_narrow(void *p, vec a, llava_element type, size_t count) {
  __m128i halves;
  if (type == LLAVA_F16) {
    halves = _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT);
  } else {
    __m256i bits = _mm256_castps_si256(a), upper = _mm256_srli_epi32(bits, 16);
    __m256i bias = _mm256_add_epi32(_mm256_and_si256(upper, _mm256_set1_epi32(1)), _mm256_set1_epi32(0x7fff));
    __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, bias), 16);
    __m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
    __m256i isNaN = _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
    __m256i result = _mm256_blendv_epi8(rounded, quiet, isNaN);
    halves = _mm_packus_epi32(_mm256_castsi256_si128(result), _mm256_extracti128_si256(result, 1));
  }
  memcpy(p, &halves, 2 * count);
}

#endif
#endif
