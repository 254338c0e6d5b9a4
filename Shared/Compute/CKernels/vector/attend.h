/* Attention of a few queries over a paged cache, over any vector.
 *
 * Keys are stored with the tokens of a block side by side, so that a block's sixteen scores are the lanes of PARTS
 * vectors and no lane is ever summed with another. Queries that see the same blocks are computed together, since each
 * key and value is then loaded and widened once for all of them. A score is one sum along the width and a result one
 * sum along the keys, both in ascending order, whatever is computed with it. */
#include "exponential.h"
#include <math.h>

enum { TOKENS = LLAVA_BLOCK_TOKENS, PARTS = TOKENS / WIDTH, SOME_ROWS = 4, MOST_BLOCKS = 4, MOST_VECTORS = 64 / WIDTH };

/* Of one layer and key head. */
typedef struct cache {
  const char *base;
  llava_element type;
  size_t size, width, block_bytes;
} cache;

VECTOR const char *keys_of(const cache *c, int32_t block) { return c->base + (size_t)block * c->block_bytes; }
VECTOR const char *values_of(const cache *c, int32_t block) { return keys_of(c, block) + TOKENS * c->width * c->size; }

/* Scores of `rows` queries for `count` blocks. Queries lie as [width][every], scores as [block][every][TOKENS]. */
VECTOR void score(float *scores, const float *q, const cache *c, const int32_t *blocks, int rows, int every, int count) {
  const char *keys[MOST_BLOCKS];
  vec sum[ROWS_AT_ONCE][MOST_BLOCKS][PARTS];
  UNROLLED for (int b = 0; b < count; b++) {
    keys[b] = keys_of(c, blocks[b]);
    UNROLLED for (int r = 0; r < rows; r++)
      UNROLLED for (int p = 0; p < PARTS; p++) sum[r][b][p] = vec_all(0);
  }
  for (size_t d = 0; d < c->width; d++) {
    vec k[MOST_BLOCKS][PARTS];
    UNROLLED for (int b = 0; b < count; b++)
      UNROLLED for (int p = 0; p < PARTS; p++) k[b][p] = vec_widen(keys[b] + (d * TOKENS + p * WIDTH) * c->size, c->type);
    UNROLLED for (int r = 0; r < rows; r++) {
      vec a = vec_all(q[d * every + r]);
      UNROLLED for (int b = 0; b < count; b++)
        UNROLLED for (int p = 0; p < PARTS; p++) sum[r][b][p] = vec_fma(a, k[b][p], sum[r][b][p]);
    }
  }
  UNROLLED for (int b = 0; b < count; b++)
    UNROLLED for (int r = 0; r < rows; r++)
      UNROLLED for (int p = 0; p < PARTS; p++) vec_store(scores + (b * every + r) * TOKENS + p * WIDTH, sum[r][b][p]);
}

/* Scores of one row become weights; returns what each is to be multiplied by. */
VECTOR float weigh(float *scores, float scale, size_t keys, int every) {
  size_t count = (keys + TOKENS - 1) / TOKENS, step = (size_t)every * TOKENS;
  /* slots past the last key: their weight is below 1e-37 of a sum that is at least 1, so it leaves no trace */
  for (size_t t = keys; t < count * TOKENS; t++) scores[t / TOKENS * step + t % TOKENS] = -INFINITY;
  vec most = vec_all(-INFINITY), sum = vec_all(0);
  for (size_t b = 0; b < count; b++)
    UNROLLED for (int p = 0; p < PARTS; p++) most = vec_max(most, vec_load(scores + b * step + p * WIDTH));
  vec largest = vec_all(vec_largest(most));
  for (size_t b = 0; b < count; b++)
    UNROLLED for (int p = 0; p < PARTS; p++) {
      float *some = scores + b * step + p * WIDTH;
      vec e = vec_exp(vec_multiply(vec_subtract(vec_load(some), largest), vec_all(scale)));
      vec_store(some, e);
      sum = vec_add(sum, e);
    }
  return 1 / vec_sum(sum);
}

VECTOR vec load_value(const char *p, const cache *c, size_t lanes) {
  return lanes == WIDTH ? vec_widen(p, c->type) : vec_widen_part(p, c->type, lanes);
}
VECTOR void store_lanes(float *y, vec a, size_t lanes) {
  if (lanes == WIDTH) vec_store(y, a);
  else vec_store_part(y, a, lanes);
}

/* Vectors from `at` on of the sums over `count` whole blocks, which all rows see. The last vector has `lanes`. */
VECTOR void gather(float *const *y, size_t at, const float *weights, const cache *c, const int32_t *blocks, size_t count,
                   int rows, int every, int vectors, size_t lanes) {
  vec sum[ROWS_AT_ONCE][MOST_VECTORS];
  UNROLLED for (int r = 0; r < rows; r++)
    UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = vec_all(0);
  for (size_t b = 0; b < count; b++, weights += every * TOKENS) {
    const char *values = values_of(c, blocks[b]) + at * c->size;
    for (size_t t = 0; t < TOKENS; t++, values += c->width * c->size) {
      vec value[MOST_VECTORS];
      UNROLLED for (int v = 0; v < vectors; v++)
        value[v] = load_value(values + v * WIDTH * c->size, c, v == vectors - 1 ? lanes : WIDTH);
      UNROLLED for (int r = 0; r < rows; r++) {
        vec weight = vec_all(weights[r * TOKENS + t]);
        UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = vec_fma(weight, value[v], sum[r][v]);
      }
    }
  }
  UNROLLED for (int r = 0; r < rows; r++)
    UNROLLED for (int v = 0; v < vectors; v++)
      store_lanes(y[r] + at + v * WIDTH, sum[r][v], v == vectors - 1 ? lanes : WIDTH);
}

/* Adds to such sums of one row the keys from `begin` on, and multiplies by `share`. */
VECTOR void finish(float *y, size_t at, const float *weights, const cache *c, const int32_t *blocks, size_t begin,
                   size_t keys, float share, int every, int vectors, size_t lanes) {
  vec sum[MOST_VECTORS];
  UNROLLED for (int v = 0; v < vectors; v++)
    sum[v] = v == vectors - 1 && lanes < WIDTH ? vec_load_part(y + at + v * WIDTH, lanes) : vec_load(y + at + v * WIDTH);
  for (size_t t = begin; t < keys; t++) {
    const char *values = values_of(c, blocks[t / TOKENS]) + (t % TOKENS * c->width + at) * c->size;
    vec weight = vec_all(weights[t / TOKENS * every * TOKENS + t % TOKENS]);
    UNROLLED for (int v = 0; v < vectors; v++)
      sum[v] = vec_fma(weight, load_value(values + v * WIDTH * c->size, c, v == vectors - 1 ? lanes : WIDTH), sum[v]);
  }
  UNROLLED for (int v = 0; v < vectors; v++)
    store_lanes(y + at + v * WIDTH, vec_multiply(sum[v], vec_all(share)), v == vectors - 1 ? lanes : WIDTH);
}

/* Queries first ..< first + rows of the group. */
VECTOR void attend_rows(const llava_queries *group, size_t first, const cache *c, float scale, float *scratch, int rows,
                        int at_once, int vectors) {
  const int32_t *const *blocks = group->blocks + first;
  const size_t *keys = group->keys + first;
  float *const *y = group->y + first;
  float *q = scratch, *scores = scratch + rows * c->width, share[ROWS_AT_ONCE];
  size_t whole = group->shared_blocks, shared = group->shared_blocks, most = 0;
  for (int r = 0; r < rows; r++) {
    if (keys[r] / TOKENS < whole) whole = keys[r] / TOKENS;
    if (keys[r] > most) most = keys[r];
    for (size_t d = 0; d < c->width; d++) q[d * rows + r] = group->q[first + r][d];
  }
  if (shared > (most + TOKENS - 1) / TOKENS) shared = (most + TOKENS - 1) / TOKENS;

  size_t b = 0, step = (size_t)rows * TOKENS;
  for (; b + at_once <= shared; b += at_once) score(scores + b * step, q, c, blocks[0] + b, rows, rows, at_once);
  for (; b < shared; b++) score(scores + b * step, q, c, blocks[0] + b, rows, rows, 1);
  for (int r = 0; r < rows; r++) {
    size_t count = (keys[r] + TOKENS - 1) / TOKENS;
    for (b = shared; b < count; b++) score(scores + b * step + r * TOKENS, q + r, c, blocks[r] + b, 1, rows, 1);
    share[r] = weigh(scores + r * TOKENS, scale, keys[r], rows);
  }

  size_t d = 0;
  for (; d + vectors * WIDTH <= c->width; d += vectors * WIDTH) {
    gather(y, d, scores, c, blocks[0], whole, rows, rows, vectors, WIDTH);
    for (int r = 0; r < rows; r++)
      finish(y[r], d, scores + r * TOKENS, c, blocks[r], whole * TOKENS, keys[r], share[r], rows, vectors, WIDTH);
  }
  for (; d < c->width; d += WIDTH) {
    size_t lanes = c->width - d < WIDTH ? c->width - d : WIDTH;
    gather(y, d, scores, c, blocks[0], whole, rows, rows, 1, lanes);
    for (int r = 0; r < rows; r++)
      finish(y[r], d, scores + r * TOKENS, c, blocks[r], whole * TOKENS, keys[r], share[r], rows, 1, lanes);
  }
}

VECTOR void attend_typed(const llava_queries *group, const void *base, llava_element type, float scale, size_t width,
                         size_t block_stride, float *scratch) {
  size_t size = type == LLAVA_F32 ? 4 : 2, r = 0;
  cache c = {base, type, size, width, block_stride * size};
  for (; r + ROWS_AT_ONCE <= group->count; r += ROWS_AT_ONCE)
    attend_rows(group, r, &c, scale, scratch, ROWS_AT_ONCE, BLOCKS_OF_ROWS, VECTORS_OF_ROWS);
  for (; r + SOME_ROWS <= group->count; r += SOME_ROWS)
    attend_rows(group, r, &c, scale, scratch, SOME_ROWS, BLOCKS_OF_SOME, VECTORS_OF_SOME);
  for (; r < group->count; r++) attend_rows(group, r, &c, scale, scratch, 1, MOST_BLOCKS, MOST_VECTORS);
}

KERNEL(attend)(const llava_queries *group, const void *cache, llava_element type, float scale, size_t width,
               size_t block_stride, float *scratch) {
  switch (type) {
  case LLAVA_F32:
    return attend_typed(group, cache, LLAVA_F32, scale, width, block_stride, scratch);
  case LLAVA_F16:
    return attend_typed(group, cache, LLAVA_F16, scale, width, block_stride, scratch);
  default:
    __builtin_unreachable(); /* caches are of no other type */
  }
}
