/* Sums of products of nibbles, over any words. */
#ifndef LLAVA_HAS_NIBBLES
/* Nothing is quicker for nibbles: they are bytes. */
VECTOR words nibbles_start(const void *correction) { return words_start(correction); }
VECTOR words nibbles_dot(words sum, words weights, words inputs) { return words_dot(sum, weights, inputs); }
VECTOR words nibbles_sum(words sum, const void *correction) {
  (void)correction;
  return sum;
}
#endif
