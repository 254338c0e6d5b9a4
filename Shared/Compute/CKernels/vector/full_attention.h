/* Attention of tokens to all tokens, over any vector and the level's packed products in bf16.
 *
 * Keys are the rows of a product and queries its outputs, so that the scores of sixteen queries lie in the lanes of
 * PARTS vectors: largest score, sum and weights are found without looking across lanes, and two keys' weights are one
 * step of the panel that meets the values. */
#include "../reference/packed.h"
#include "exponential.h"
#include <math.h>
#include <string.h>

enum { QUERIES = 2 * OUTPUTS, VECTORS = QUERIES / WIDTH };

/* Rows of x as outputs of panels. */
VECTOR void pack_queries(uint32_t *panels, const float *x, size_t rows, size_t width, size_t stride) {
  size_t steps = (width + 1) / 2;
  for (size_t m = 0; m < QUERIES; m++) {
    uint32_t *panel = panels + m / OUTPUTS * steps * OUTPUTS + m % OUTPUTS;
    for (size_t k = 0; k < width; k += WIDTH) {
      uint32_t pairs[WIDTH / 2] = {0};
      size_t some = width - k < WIDTH ? width - k : WIDTH;
      if (m < rows) vec_narrow(pairs, vec_load_part(x + m * stride + k, some), LLAVA_BF16, some);
      for (size_t s = 0; s < (some + 1) / 2; s++) panel[(k / 2 + s) * OUTPUTS] = pairs[s];
    }
  }
}

/* Columns of x as rows of tiles. */
VECTOR void pack_values(uint32_t *tiles, const float *x, size_t tokens, size_t width, size_t stride) {
  size_t height = llava_tile_rows(LLAVA_PACKED_BF16), steps = (tokens + 1) / 2;
  for (size_t k = 0; k < width; k += height) {
    size_t some = width - k < height ? width - k : height;
    for (size_t s = 0; s < steps; s++) {
      const float *even = x + 2 * s * stride + k;
      uint32_t words[32];
      for (size_t i = 0; i < some; i += WIDTH) {
        size_t lanes = some - i < WIDTH ? some - i : WIDTH;
        vec odd = 2 * s + 1 < tokens ? vec_load_part(even + stride + i, lanes) : vec_all(0);
        words_store(words + i, words_pair(vec_load_part(even + i, lanes), odd));
      }
      memcpy(tiles + (k * steps + s * some), words, 4 * some);
    }
  }
}

/* Scores [tokens][QUERIES] become weights, in panels; sums are what the weights add up to, before they are rounded. */
VECTOR void weigh(uint32_t *panels, float *sums, const float *scores, float scale, size_t tokens) {
  size_t steps = (tokens + 1) / 2;
  UNROLLED for (int v = 0; v < VECTORS; v++) {
    uint32_t *panel = panels + v * WIDTH / OUTPUTS * steps * OUTPUTS + v * WIDTH % OUTPUTS;
    const float *score = scores + v * WIDTH;
    vec most = vec_all(-INFINITY), sum = vec_all(0), powers = vec_all(scale * 0x1.715476p0f); /* of two, not of e */
    for (size_t t = 0; t < tokens; t++) most = vec_max(most, vec_load(score + t * QUERIES));
    for (size_t s = 0; s < steps; s++) {
      const float *even = score + 2 * s * QUERIES;
      vec a = vec_power_of_two(vec_multiply(vec_subtract(vec_load(even), most), powers)), b = vec_all(0);
      if (2 * s + 1 < tokens) b = vec_power_of_two(vec_multiply(vec_subtract(vec_load(even + QUERIES), most), powers));
      sum = vec_add(sum, vec_add(a, b));
      words_store(panel + s * OUTPUTS, words_pair(a, b));
    }
    vec_store(sums + v * WIDTH, sum);
  }
}

KERNEL(full_attention)(float *y, const float *q, const float *k, const float *v, float scale, size_t first, size_t count,
                       size_t tokens, size_t width, size_t stride, void *scratch) {
  size_t key_bytes = llava_tile_row_bytes(LLAVA_PACKED_BF16, width);
  size_t value_bytes = llava_tile_row_bytes(LLAVA_PACKED_BF16, tokens);
  char *keys = scratch, *values = keys + (tokens * key_bytes + 63) / 64 * 64;
  char *queries = values + (width * value_bytes + 63) / 64 * 64;
  char *weights = queries + 2 * llava_panel_bytes(LLAVA_PACKED_BF16, width);
  float *scores = (float *)(weights + 2 * llava_panel_bytes(LLAVA_PACKED_BF16, tokens));
  float *sums = scores + tokens * QUERIES, *columns = sums + QUERIES;
  PACK_ROWS(keys, k, LLAVA_PACKED_BF16, tokens, width, stride);
  pack_values((uint32_t *)values, v, tokens, width, stride);
  for (size_t m = first; m < first + count; m += QUERIES) {
    size_t some = first + count - m < QUERIES ? first + count - m : QUERIES;
    pack_queries((uint32_t *)queries, q + m * stride, some, width, stride);
    PACKED_PRODUCT(scores, keys, queries, LLAVA_PACKED_BF16, NULL, tokens, QUERIES, width, QUERIES, NULL);
    weigh((uint32_t *)weights, sums, scores, scale, tokens);
    PACKED_PRODUCT(columns, values, weights, LLAVA_PACKED_BF16, NULL, width, QUERIES, tokens, QUERIES, NULL);
    for (size_t row = 0; row < some; row++) {
      float share = 1 / sums[row];
      for (size_t d = 0; d < width; d++) y[(m + row) * stride + d] = columns[d * QUERIES + row] * share;
    }
  }
}
