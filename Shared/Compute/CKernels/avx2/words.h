#if defined(__x86_64__)
/* Eight words of four bytes: whole numbers and pairs of bf16, without dot products of their own. */
typedef __m256i words;

VECTOR words words_load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
VECTOR void words_store(void *p, words a) { _mm256_storeu_si256((__m256i *)p, a); }
VECTOR int32_t word_at(const void *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}
VECTOR words words_all(const void *p) { return _mm256_set1_epi32(word_at(p)); }
VECTOR vec vec_all_at(const void *p) { return _mm256_castsi256_ps(words_all(p)); }
VECTOR vec vec_of(words a) { return _mm256_cvtepi32_ps(a); }
VECTOR words words_lower(words a) { return _mm256_and_si256(a, _mm256_set1_epi8(15)); }
VECTOR words words_upper(words a) { return words_lower(_mm256_srli_epi16(a, 4)); }

VECTOR words words_none(void) { return _mm256_setzero_si256(); }
VECTOR words words_add(words a, words b) { return _mm256_add_epi32(a, b); }
VECTOR words words_max(words a, words b) { return _mm256_max_epi32(a, b); }
VECTOR int32_t words_sum(words a) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}
VECTOR int32_t words_largest(words a) {
  __m128i s = _mm_max_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  s = _mm_max_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  return _mm_cvtsi128_si32(_mm_max_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}
/* The bits of numbers without their signs. */
VECTOR words words_magnitude(vec a) { return _mm256_and_si256(_mm256_castps_si256(a), _mm256_set1_epi32(0x7fffffff)); }
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
VECTOR words words_rounded(vec a) { return _mm256_cvtps_epi32(a); }
/* Two numbers of a lane as bf16 in a word, to the nearest, ties to even; neither is NaN, or a NaN of few bits. */
VECTOR words words_pair(vec even, vec odd) {
  __m256i bias = _mm256_set1_epi32(0x7fff), one = _mm256_set1_epi32(1);
  __m256i a = _mm256_castps_si256(even), b = _mm256_castps_si256(odd);
  a = _mm256_add_epi32(a, _mm256_add_epi32(bias, _mm256_and_si256(_mm256_srli_epi32(a, 16), one)));
  b = _mm256_add_epi32(b, _mm256_add_epi32(bias, _mm256_and_si256(_mm256_srli_epi32(b, 16), one)));
  return _mm256_or_si256(_mm256_srli_epi32(a, 16), _mm256_and_si256(b, _mm256_set1_epi32((int32_t)0xffff0000)));
}
VECTOR void words_store_bytes(void *p, words a) {
  __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  _mm_storel_epi64((__m128i *)p, _mm_packs_epi16(halves, halves));
}

/* The compiler must not put sums in another order: it would load all inputs first, and have no registers for them. */
VECTOR words words_kept(words a) {
  __asm__("" : IN_REGISTER(a));
  return a;
}

#ifndef LLAVA_HAS_DOTS
/* Sums of four products, unsigned weights by signed inputs, of which none is -128. 128 is taken from the weights first, and
 * their signs are given to the inputs, so that two products fit in 16 bits: 2 * 128 * 127. */
VECTOR words words_start(const void *correction) {
  (void)correction;
  return words_none();
}
VECTOR words words_dot(words sum, words weights, words inputs) {
  words w = _mm256_xor_si256(weights, _mm256_set1_epi8(-128));
  words pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(inputs, w));
  return words_kept(_mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))));
}

#define LLAVA_HAS_NIBBLES
/* The same of nibbles, whose sums over a block fit in 16 bits: 16 products of at most 15 * 127. */
VECTOR words nibbles_start(const void *correction) {
  (void)correction;
  return words_none();
}
VECTOR words nibbles_dot(words sum, words weights, words inputs) {
  return words_kept(_mm256_add_epi16(sum, _mm256_maddubs_epi16(weights, inputs)));
}
VECTOR words nibbles_sum(words sum, const void *correction) {
  return _mm256_add_epi32(words_all(correction), _mm256_madd_epi16(sum, _mm256_set1_epi16(1)));
}
#endif

VECTOR vec words_bf16_dot(vec sum, words a, words b) {
  words upper = _mm256_set1_epi32((int32_t)0xffff0000);
  vec first = _mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), second = _mm256_castsi256_ps(_mm256_and_si256(a, upper));
  sum = vec_fma(first, _mm256_castsi256_ps(_mm256_slli_epi32(b, 16)), sum);
  return vec_fma(second, _mm256_castsi256_ps(_mm256_and_si256(b, upper)), sum);
}
#endif
