#if defined(__aarch64__)
/* Four words of four bytes: whole numbers and pairs of bf16. */
typedef int32x4_t words;

VECTOR words words_load(const void *p) { return vreinterpretq_s32_u8(vld1q_u8(p)); }
VECTOR void words_store(void *p, words a) { vst1q_u8(p, vreinterpretq_u8_s32(a)); }
VECTOR words words_all(const void *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return vdupq_n_s32(word);
}
VECTOR vec vec_all_at(const void *p) { return vreinterpretq_f32_s32(words_all(p)); }
VECTOR vec vec_of(words a) { return vcvtq_f32_s32(a); }
VECTOR words words_lower(words a) { return vreinterpretq_s32_u8(vandq_u8(vreinterpretq_u8_s32(a), vdupq_n_u8(15))); }
VECTOR words words_upper(words a) { return vreinterpretq_s32_u8(vshrq_n_u8(vreinterpretq_u8_s32(a), 4)); }

VECTOR words words_none(void) { return vdupq_n_s32(0); }
VECTOR words words_add(words a, words b) { return vaddq_s32(a, b); }
VECTOR words words_max(words a, words b) { return vmaxq_s32(a, b); }
VECTOR int32_t words_sum(words a) { return vaddvq_s32(a); }
VECTOR int32_t words_largest(words a) { return vmaxvq_s32(a); }
/* The bits of numbers without their signs. */
VECTOR words words_magnitude(vec a) { return vreinterpretq_s32_f32(vabsq_f32(a)); }
/* Four words of each of four rows, turned: word s of all rows lies at tile + s * stride. */
VECTOR void words_put_square(char *tile, size_t stride, const uint32_t *a, const uint32_t *b, const uint32_t *c,
                             const uint32_t *d) {
  uint32x4x2_t upper = vtrnq_u32(vld1q_u32(a), vld1q_u32(b)), lower = vtrnq_u32(vld1q_u32(c), vld1q_u32(d));
  for (int i = 0; i < 2; i++) {
    uint32x4_t even = vcombine_u32(vget_low_u32(upper.val[i]), vget_low_u32(lower.val[i]));
    uint32x4_t odd = vcombine_u32(vget_high_u32(upper.val[i]), vget_high_u32(lower.val[i]));
    words_store(tile + (size_t)i * stride, vreinterpretq_s32_u32(even));
    words_store(tile + (size_t)(i + 2) * stride, vreinterpretq_s32_u32(odd));
  }
}
/* The nearest whole numbers, ties to even. */
VECTOR words words_rounded(vec a) { return vcvtnq_s32_f32(a); }
/* Two numbers of a lane as bf16 in a word, to the nearest, ties to even; neither is NaN, or a NaN of few bits. */
VECTOR words words_pair(vec even, vec odd) {
  uint32x4_t bias = vdupq_n_u32(0x7fff), one = vdupq_n_u32(1);
  uint32x4_t a = vreinterpretq_u32_f32(even), b = vreinterpretq_u32_f32(odd);
  a = vaddq_u32(a, vaddq_u32(bias, vandq_u32(vshrq_n_u32(a, 16), one)));
  b = vaddq_u32(b, vaddq_u32(bias, vandq_u32(vshrq_n_u32(b, 16), one)));
  return vreinterpretq_s32_u32(vsriq_n_u32(b, a, 16));
}
VECTOR void words_store_bytes(void *p, words a) {
  int16x4_t halves = vmovn_s32(a);
  int32_t bytes = vget_lane_s32(vreinterpret_s32_s8(vmovn_s16(vcombine_s16(halves, halves))), 0);
  memcpy(p, &bytes, sizeof bytes);
}

#ifndef LLAVA_HAS_I8MM
#define LLAVA_HAS_NIBBLES
#ifndef LLAVA_HAS_DOTS
/* Sums of four signed products through 16 bits, where two fit: 2 * 128 * 127. */
VECTOR words signed_dot(words sum, int8x16_t w, int8x16_t x) {
  return vpadalq_s16(sum, vpaddq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(x)), vmull_high_s8(w, x)));
}
#else
VECTOR words signed_dot(words sum, int8x16_t w, int8x16_t x) { return vdotq_s32(sum, w, x); }
#endif

/* Sums of four products, unsigned weights by signed inputs, of which none is -128. 128 is taken from the weights first, so that
 * they are signed too. */
VECTOR words words_start(const void *correction) {
  (void)correction;
  return words_none();
}
VECTOR words words_dot(words sum, words weights, words inputs) {
  return signed_dot(sum, veorq_s8(vreinterpretq_s8_s32(weights), vdupq_n_s8(-128)), vreinterpretq_s8_s32(inputs));
}

/* Nibbles have no sign bit. */
VECTOR words nibbles_start(const void *correction) { return words_all(correction); }
VECTOR words nibbles_dot(words sum, words weights, words inputs) {
  return signed_dot(sum, vreinterpretq_s8_s32(weights), vreinterpretq_s8_s32(inputs));
}
VECTOR words nibbles_sum(words sum, const void *correction) {
  (void)correction;
  return sum;
}
#endif

#ifndef LLAVA_HAS_BF16_DOTS
VECTOR vec words_bf16_dot(vec sum, words a, words b) {
  words upper = vdupq_n_s32((int32_t)0xffff0000);
  vec first = vreinterpretq_f32_s32(vshlq_n_s32(a, 16)), second = vreinterpretq_f32_s32(vandq_s32(a, upper));
  sum = vec_fma(first, vreinterpretq_f32_s32(vshlq_n_s32(b, 16)), sum);
  return vec_fma(second, vreinterpretq_f32_s32(vandq_s32(b, upper)), sum);
}
#endif
#endif
