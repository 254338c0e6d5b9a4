#if defined(__aarch64__)
/* Dot products of unsigned weights by signed inputs, and of bf16. */
VECTOR words words_start(const void *correction) { return words_all(correction); }
VECTOR words words_dot(words sum, words weights, words inputs) {
  return vusdotq_s32(sum, vreinterpretq_u8_s32(weights), vreinterpretq_s8_s32(inputs));
}
VECTOR vec words_bf16_dot(vec sum, words a, words b) {
  return vbfdotq_f32(sum, (bfloat16x8_t)a, (bfloat16x8_t)b);
}
#endif
