#if defined(__x86_64__)
/* Sixteen words of four bytes: whole numbers and pairs of bf16. */
typedef __m512i words;

VECTOR words words_load(const void *p) { return _mm512_loadu_si512(p); }
VECTOR void words_store(void *p, words a) { _mm512_storeu_si512(p, a); }
VECTOR words words_all(const void *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm512_set1_epi32(word);
}
VECTOR vec vec_all_at(const void *p) { return _mm512_castsi512_ps(words_all(p)); }
VECTOR vec vec_of(words a) { return _mm512_cvtepi32_ps(a); }
VECTOR words words_lower(words a) { return _mm512_and_si512(a, _mm512_set1_epi8(15)); }
VECTOR words words_upper(words a) { return words_lower(_mm512_srli_epi16(a, 4)); }

VECTOR words words_none(void) { return _mm512_setzero_si512(); }
VECTOR words words_add(words a, words b) { return _mm512_add_epi32(a, b); }
VECTOR words words_max(words a, words b) { return _mm512_max_epi32(a, b); }
VECTOR int32_t words_sum(words a) { return _mm512_reduce_add_epi32(a); }
VECTOR int32_t words_largest(words a) { return _mm512_reduce_max_epi32(a); }
/* The bits of numbers without their signs. */
VECTOR words words_magnitude(vec a) { return _mm512_and_si512(_mm512_castps_si512(a), _mm512_set1_epi32(0x7fffffff)); }
/* Four words of each of four rows, turned: word s of all rows lies at tile + s * stride. */
VECTOR void words_put_square(char *tile, size_t stride, const uint32_t *a, const uint32_t *b, const uint32_t *c,
                             const uint32_t *d) {
  __m128i w = _mm_loadu_si128((const __m128i *)a), x = _mm_loadu_si128((const __m128i *)b);
  __m128i y = _mm_loadu_si128((const __m128i *)c), z = _mm_loadu_si128((const __m128i *)d);
  __m128i lower = _mm_unpacklo_epi32(w, x), lower2 = _mm_unpacklo_epi32(y, z);
  __m128i upper = _mm_unpackhi_epi32(w, x), upper2 = _mm_unpackhi_epi32(y, z);
  _mm_storeu_si128((__m128i *)tile, _mm_unpacklo_epi64(lower, lower2));
  _mm_storeu_si128((__m128i *)(tile + stride), _mm_unpackhi_epi64(lower, lower2));
  _mm_storeu_si128((__m128i *)(tile + 2 * stride), _mm_unpacklo_epi64(upper, upper2));
  _mm_storeu_si128((__m128i *)(tile + 3 * stride), _mm_unpackhi_epi64(upper, upper2));
}
/* The nearest whole numbers, ties to even. */
VECTOR words words_rounded(vec a) { return _mm512_cvtps_epi32(a); }
/* Two numbers of a lane as bf16 in a word, to the nearest, ties to even; neither is NaN, or a NaN of few bits. */
VECTOR words words_pair(vec even, vec odd) {
  __m512i bias = _mm512_set1_epi32(0x7fff), one = _mm512_set1_epi32(1);
  __m512i a = _mm512_castps_si512(even), b = _mm512_castps_si512(odd);
  a = _mm512_add_epi32(a, _mm512_add_epi32(bias, _mm512_and_si512(_mm512_srli_epi32(a, 16), one)));
  b = _mm512_add_epi32(b, _mm512_add_epi32(bias, _mm512_and_si512(_mm512_srli_epi32(b, 16), one)));
  return _mm512_or_si512(_mm512_srli_epi32(a, 16), _mm512_and_si512(b, _mm512_set1_epi32((int32_t)0xffff0000)));
}
VECTOR void words_store_bytes(void *p, words a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(a)); }

/* What sums of products start from: the correction for what weights stand above their values. Loaded each time: copies of a
 * register take the place of arithmetic. */
VECTOR words words_start(const void *correction) {
  words a;
  __asm__ volatile("vpbroadcastd %1, %0" : "=v"(a) : "m"(*(const int32_t *)correction));
  return a;
}

#ifndef LLAVA_HAS_DOTS
/* Sums of four products, unsigned weights by signed inputs, through 16 bits: nothing saturates. */
VECTOR words words_dot(words sum, words weights, words inputs) {
  words even = _mm512_madd_epi16(
      _mm512_and_si512(weights, _mm512_set1_epi16(255)), _mm512_srai_epi16(_mm512_slli_epi16(inputs, 8), 8));
  words odd = _mm512_madd_epi16(_mm512_srli_epi16(weights, 8), _mm512_srai_epi16(inputs, 8));
  return _mm512_add_epi32(sum, _mm512_add_epi32(even, odd));
}
#endif

#ifndef LLAVA_HAS_BF16_DOTS
VECTOR vec words_bf16_dot(vec sum, words a, words b) {
  words upper = _mm512_set1_epi32((int32_t)0xffff0000);
  vec first = _mm512_castsi512_ps(_mm512_slli_epi32(a, 16)), second = _mm512_castsi512_ps(_mm512_and_si512(a, upper));
  sum = vec_fma(first, _mm512_castsi512_ps(_mm512_slli_epi32(b, 16)), sum);
  return vec_fma(second, _mm512_castsi512_ps(_mm512_and_si512(b, upper)), sum);
}
#endif
#endif
