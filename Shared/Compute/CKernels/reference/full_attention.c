/* Attention of tokens to all tokens, number by number. */
#include "../levels.h"
#include "convert.h"
#include <math.h>

static float rounded(float x) {
  uint16_t bits;
  float result;
  llava_reference_narrow(&bits, &x, LLAVA_BF16, 1);
  llava_reference_widen(&result, &bits, LLAVA_BF16, 1);
  return result;
}

void llava_reference_full_attention(float *y, const float *q, const float *k, const float *v, float scale, size_t first,
                                    size_t count, size_t tokens, size_t width, size_t stride, void *scratch) {
  float *weights = scratch;
  for (size_t m = first; m < first + count; m++) {
    float most = -INFINITY, sum = 0;
    for (size_t t = 0; t < tokens; t++) {
      weights[t] = 0;
      for (size_t d = 0; d < width; d++) weights[t] = fmaf(rounded(q[m * stride + d]), rounded(k[t * stride + d]), weights[t]);
      most = fmaxf(most, weights[t]);
    }
    for (size_t t = 0; t < tokens; t++) {
      weights[t] = expf(scale * (weights[t] - most));
      sum += weights[t];
    }
    for (size_t d = 0; d < width; d++) {
      float total = 0;
      for (size_t t = 0; t < tokens; t++) total = fmaf(rounded(weights[t]), rounded(v[t * stride + d]), total);
      y[m * stride + d] = total / sum;
    }
  }
}
