#include "../levels.h"
#include <math.h>

enum { TOKENS = LLAVA_BLOCK_TOKENS };

void llava_reference_attend(float *y, float *scores, const float *q, const float *cache, const int32_t *blocks,
                            float scale, size_t keys, size_t width, size_t block_stride) {
  float largest = -INFINITY, sum = 0;
  for (size_t t = 0; t < keys; t++) {
    const float *key = cache + (size_t)blocks[t / TOKENS] * block_stride + t % TOKENS;
    scores[t] = 0;
    for (size_t d = 0; d < width; d++) scores[t] += q[d] * key[d * TOKENS];
    largest = fmaxf(largest, scores[t]);
  }
  for (size_t t = 0; t < keys; t++) sum += scores[t] = expf((scores[t] - largest) * scale);
  for (size_t d = 0; d < width; d++) y[d] = 0;
  for (size_t t = 0; t < keys; t++) {
    const float *value = cache + (size_t)blocks[t / TOKENS] * block_stride + TOKENS * width + t % TOKENS * width;
    for (size_t d = 0; d < width; d++) y[d] += scores[t] * value[d];
  }
  for (size_t d = 0; d < width; d++) y[d] /= sum;
}
