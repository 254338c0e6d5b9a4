/* Attention of one query over a paged cache, over any vector.
 *
 * Keys are stored with the tokens of a block side by side, so that a block's sixteen scores are the lanes of PARTS
 * vectors and no lane is ever summed with another: a score is one sum along the width, in ascending order. Four
 * blocks at a time hide the latency of the fused multiply-add; each takes the same steps as alone. */
#include "exponential.h"
#include <math.h>

enum { TOKENS = LLAVA_BLOCK_TOKENS, PARTS = TOKENS / WIDTH, BLOCKS_AT_ONCE = 4, VECTORS_AT_ONCE = 4 };

VECTOR void score(float *scores, const float *q, const float *cache, const int32_t *blocks, int count, size_t width,
                  size_t block_stride) {
  const float *keys[BLOCKS_AT_ONCE];
  vec sum[BLOCKS_AT_ONCE][PARTS];
#pragma clang loop unroll(full)
  for (int b = 0; b < count; b++) {
    keys[b] = cache + (size_t)blocks[b] * block_stride;
#pragma clang loop unroll(full)
    for (int p = 0; p < PARTS; p++) sum[b][p] = vec_all(0);
  }
  for (size_t d = 0; d < width; d++) {
    vec a = vec_all(q[d]);
#pragma clang loop unroll(full)
    for (int b = 0; b < count; b++)
#pragma clang loop unroll(full)
      for (int p = 0; p < PARTS; p++)
        sum[b][p] = vec_fma(a, vec_load(keys[b] + d * TOKENS + p * WIDTH), sum[b][p]);
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < count; b++)
#pragma clang loop unroll(full)
    for (int p = 0; p < PARTS; p++) vec_store(scores + b * TOKENS + p * WIDTH, sum[b][p]);
}

/* y = share * sum of weights[t] * value[t] for `vectors` vectors, of which the last has `last` lanes in use. */
VECTOR void gather(float *y, const float *weights, const float *values, const int32_t *blocks, float share, size_t keys,
                   size_t width, size_t block_stride, int vectors, size_t last) {
  vec sum[VECTORS_AT_ONCE];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = vec_all(0);
  for (size_t begin = 0; begin < keys; begin += TOKENS) {
    const float *value = values + (size_t)blocks[begin / TOKENS] * block_stride;
    size_t end = keys - begin < TOKENS ? keys : begin + TOKENS;
    for (size_t t = begin; t < end; t++, value += width) {
      vec weight = vec_all(weights[t]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors - 1; v++) sum[v] = vec_fma(weight, vec_load(value + v * WIDTH), sum[v]);
      sum[vectors - 1] = vec_fma(weight, vec_load_part(value + (vectors - 1) * WIDTH, last), sum[vectors - 1]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors - 1; v++) vec_store(y + v * WIDTH, vec_multiply(sum[v], vec_all(share)));
  vec_store_part(y + (vectors - 1) * WIDTH, vec_multiply(sum[vectors - 1], vec_all(share)), last);
}

KERNEL(attend)(float *y, float *scores, const float *q, const float *cache, const int32_t *blocks, float scale,
               size_t keys, size_t width, size_t block_stride) {
  size_t count = (keys + TOKENS - 1) / TOKENS, b = 0;
  for (; b + BLOCKS_AT_ONCE <= count; b += BLOCKS_AT_ONCE)
    score(scores + b * TOKENS, q, cache, blocks + b, BLOCKS_AT_ONCE, width, block_stride);
  for (; b < count; b++) score(scores + b * TOKENS, q, cache, blocks + b, 1, width, block_stride);
  /* slots past the last key: their weight is below 1e-37 of a sum that is at least 1, so it leaves no trace */
  for (size_t t = keys; t < count * TOKENS; t++) scores[t] = -INFINITY;

  vec most = vec_all(-INFINITY), sum = vec_all(0);
  for (size_t t = 0; t < count * TOKENS; t += WIDTH) most = vec_max(most, vec_load(scores + t));
  vec largest = vec_all(vec_largest(most));
  for (size_t t = 0; t < count * TOKENS; t += WIDTH) {
    vec e = vec_exp(vec_multiply(vec_subtract(vec_load(scores + t), largest), vec_all(scale)));
    vec_store(scores + t, e);
    sum = vec_add(sum, e);
  }

  float share = 1 / vec_sum(sum);
  const float *values = cache + TOKENS * width;
  size_t d = 0;
  for (; d + VECTORS_AT_ONCE * WIDTH <= width; d += VECTORS_AT_ONCE * WIDTH)
    gather(y + d, scores, values + d, blocks, share, keys, width, block_stride, VECTORS_AT_ONCE, WIDTH);
  for (; d < width; d += WIDTH) {
    size_t last = width - d < WIDTH ? width - d : WIDTH;
    gather(y + d, scores, values + d, blocks, share, keys, width, block_stride, 1, last);
  }
}
