#if defined(__aarch64__)
/* Sums of four products, unsigned weights by signed inputs, with an instruction for signed ones: 128 is taken from the
 * weights, and given back by products of the inputs alone, which are the same for all weights that they meet. */
VECTOR words words_dot(words sum, words weights, words inputs) {
  int8x16_t x = vreinterpretq_s8_s32(inputs), least = vdupq_n_s8(-128);
  int8x16_t w = veorq_s8(vreinterpretq_s8_s32(weights), least);
  return vdotq_s32(vsubq_s32(sum, vdotq_s32(words_none(), least, x)), w, x);
}
#endif
