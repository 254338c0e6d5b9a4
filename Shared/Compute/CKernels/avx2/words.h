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
VECTOR words words_all_again(const void *p) { return words_all(p); }
VECTOR vec vec_all_at(const void *p) { return _mm256_castsi256_ps(words_all(p)); }
VECTOR vec vec_of(words a) { return _mm256_cvtepi32_ps(a); }
VECTOR words words_lower(words a) { return _mm256_and_si256(a, _mm256_set1_epi8(15)); }
VECTOR words words_upper(words a) { return words_lower(_mm256_srli_epi16(a, 4)); }

/* Sums of four products, unsigned weights by signed inputs, through 16 bits: nothing saturates. */
VECTOR words words_dot(words sum, words weights, words inputs) {
  words even = _mm256_madd_epi16(
      _mm256_and_si256(weights, _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(inputs, 8), 8));
  words odd = _mm256_madd_epi16(_mm256_srli_epi16(weights, 8), _mm256_srai_epi16(inputs, 8));
  return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

VECTOR vec words_bf16_dot(vec sum, words a, words b) {
  words upper = _mm256_set1_epi32((int32_t)0xffff0000);
  vec first = _mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), second = _mm256_castsi256_ps(_mm256_and_si256(a, upper));
  sum = vec_fma(first, _mm256_castsi256_ps(_mm256_slli_epi32(b, 16)), sum);
  return vec_fma(second, _mm256_castsi256_ps(_mm256_and_si256(b, upper)), sum);
}
#endif
