#if defined(__x86_64__)
/* The vector of this level: sixteen lanes. What vector/ is written in. */
#ifndef LLAVA_VECTOR_H
#define LLAVA_VECTOR_H

#include "../levels.h"
#include <immintrin.h>
#include <string.h>

#ifndef TARGET /* vnni/ and bf16/ have all of this, and more instructions */
#define TARGET __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq")))
#define KERNEL(name) TARGET void llava_avx512_##name
#endif
#define VECTOR static inline __attribute__((always_inline)) TARGET

#define UNROLLED _Pragma("clang loop unroll(full)")
#define IN_REGISTER "+x"

enum { WIDTH = 16 };
typedef __m512 vec;

VECTOR __mmask16 first(size_t count) { return (__mmask16)((1u << count) - 1); }

VECTOR vec vec_all(float value) { return _mm512_set1_ps(value); }
VECTOR vec vec_load(const float *p) { return _mm512_loadu_ps(p); }
VECTOR vec vec_load_part(const float *p, size_t count) { return _mm512_maskz_loadu_ps(first(count), p); }
VECTOR void vec_store(float *p, vec a) { _mm512_storeu_ps(p, a); }
VECTOR void vec_store_part(float *p, vec a, size_t count) { _mm512_mask_storeu_ps(p, first(count), a); }
VECTOR vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
VECTOR vec vec_subtract(vec a, vec b) { return _mm512_sub_ps(a, b); }
VECTOR vec vec_multiply(vec a, vec b) { return _mm512_mul_ps(a, b); }
VECTOR vec vec_divide(vec a, vec b) { return _mm512_div_ps(a, b); }
VECTOR vec vec_max(vec a, vec b) { return _mm512_max_ps(a, b); } /* b where either is NaN */
VECTOR vec vec_min(vec a, vec b) { return _mm512_min_ps(a, b); } /* b where either is NaN */
VECTOR vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
VECTOR vec vec_round(vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
VECTOR vec vec_scale_by_power(vec a, vec exponent) { return _mm512_scalef_ps(a, exponent); }
VECTOR vec vec_if_less(vec a, vec b, vec yes, vec no) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
VECTOR vec vec_and(vec a, vec b) { return _mm512_and_ps(a, b); }
VECTOR vec vec_or(vec a, vec b) { return _mm512_or_ps(a, b); }

VECTOR float vec_largest(vec a) { return _mm512_reduce_max_ps(a); }
VECTOR float vec_sum(vec a) { return _mm512_reduce_add_ps(a); }

/* Four lanes: what is left of sixteen sums that were added in halves twice. */
typedef __m128 quad;
VECTOR quad vec_quarter_sum(const vec a[16 / WIDTH]) {
  __m256 half = _mm256_add_ps(_mm512_castps512_ps256(a[0]), _mm512_extractf32x8_ps(a[0], 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
VECTOR quad quad_add(quad a, quad b) { return _mm_add_ps(a, b); }
VECTOR void quad_store(float *p, quad a) { _mm_storeu_ps(p, a); }
VECTOR void quads_turn(quad rows[4]) { _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]); }

VECTOR vec from_bf16(__m256i halves) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

VECTOR vec vec_widen(const void *p, llava_element type) {
  if (type == LLAVA_F32) return vec_load((const float *)p);
  __m256i halves = _mm256_loadu_si256((const __m256i *)p);
  return type == LLAVA_F16 ? _mm512_cvtph_ps(halves) : from_bf16(halves);
}

VECTOR vec vec_widen_part(const void *p, llava_element type, size_t count) {
  if (type == LLAVA_F32) return vec_load_part((const float *)p, count);
  __m256i halves = _mm256_maskz_loadu_epi16(first(count), p);
  return type == LLAVA_F16 ? _mm512_cvtph_ps(halves) : from_bf16(halves);
}

VECTOR void vec_narrow(void *p, vec a, llava_element type, size_t count) {
  if (type == LLAVA_F16) {
    _mm256_mask_storeu_epi16(p, first(count), _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
    return;
  }
  __m512i bits = _mm512_castps_si512(a), upper = _mm512_srli_epi32(bits, 16);
  __m512i bias = _mm512_add_epi32(_mm512_and_si512(upper, _mm512_set1_epi32(1)), _mm512_set1_epi32(0x7fff));
  __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, bias), 16);
  __m512i quiet = _mm512_or_si512(upper, _mm512_set1_epi32(0x40));
  __m512i result = _mm512_mask_blend_epi32(_mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), rounded, quiet);
  /* a masked store would hold up those who read a part of it at once */
  if (count == WIDTH) return _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(result));
  _mm256_mask_storeu_epi16(p, first(count), _mm512_cvtepi32_epi16(result));
}

#endif
#endif
