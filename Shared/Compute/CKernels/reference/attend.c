#include "../levels.h"
#include "convert.h"
#include <math.h>

enum { TOKENS = LLAVA_BLOCK_TOKENS };

static float number(const void *cache, llava_element type, size_t index) {
  float value;
  llava_reference_widen(&value, (const char *)cache + index * llava_block_bytes(type), type, 1);
  return value;
}

static void attend(float *y, float *scores, const float *q, const int32_t *blocks, size_t keys, const void *cache,
                   llava_element type, float scale, size_t width, size_t block_stride) {
  float largest = -INFINITY, sum = 0;
  for (size_t t = 0; t < keys; t++) {
    size_t key = (size_t)blocks[t / TOKENS] * block_stride + t % TOKENS;
    scores[t] = 0;
    for (size_t d = 0; d < width; d++) scores[t] += q[d] * number(cache, type, key + d * TOKENS);
    largest = fmaxf(largest, scores[t]);
  }
  for (size_t t = 0; t < keys; t++) sum += scores[t] = expf((scores[t] - largest) * scale);
  for (size_t d = 0; d < width; d++) y[d] = 0;
  for (size_t t = 0; t < keys; t++) {
    size_t value = (size_t)blocks[t / TOKENS] * block_stride + TOKENS * width + t % TOKENS * width;
    for (size_t d = 0; d < width; d++) y[d] += scores[t] * number(cache, type, value + d);
  }
  for (size_t d = 0; d < width; d++) y[d] /= sum;
}

void llava_reference_attend(const llava_queries *group, const void *cache, llava_element type, float scale, size_t width,
                            size_t block_stride, float *scratch) {
  for (size_t r = 0; r < group->count; r++)
    attend(group->y[r], scratch, group->q[r], group->blocks[r], group->keys[r], cache, type, scale, width, block_stride);
}
