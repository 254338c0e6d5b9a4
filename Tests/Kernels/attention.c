#include "grid.h"
#include <math.h>
#include <string.h>

enum { TOKENS = LLAVA_BLOCK_TOKENS, MOST_QUERIES = 640, MOST_BLOCKS = 16, SHARED = 3 };

/* Queries over the same first blocks, with blocks of their own behind them. What no query sees is not a number. */
typedef struct sample {
  llava_element type;
  size_t width, stride, count, keys[MOST_QUERIES];
  int32_t tables[MOST_QUERIES][MOST_BLOCKS];
  const float *q;
  void *cache;
} sample;

static sample s; /* too large for a stack */

static void see(float *numbers, size_t block, size_t slot) {
  for (size_t d = 0; d < s.width; d++) {
    numbers[block * s.stride + d * TOKENS + slot] = (float)(random_word() >> 40) * 0x1p-23f - 1;
    numbers[block * s.stride + TOKENS * s.width + slot * s.width + d] = (float)(random_word() >> 40) * 0x1p-23f - 1;
  }
}

static void sampled(const twins *t, llava_element type, size_t width, const size_t *keys, size_t count) {
  size_t next = SHARED, shared_keys = 0;
  s.type = type, s.width = width, s.count = count, s.stride = 2 * TOKENS * width;
  s.q = random_floats(count * width, -2, 2);
  for (size_t r = 0; r < count; r++) {
    s.keys[r] = keys[r];
    if (keys[r] > shared_keys) shared_keys = keys[r] < SHARED * TOKENS ? keys[r] : SHARED * TOKENS;
    for (size_t b = 0; b < (keys[r] + TOKENS - 1) / TOKENS || b < SHARED; b++)
      s.tables[r][b] = (int32_t)(b < SHARED ? SHARED - 1 - b : next++);
  }
  float *numbers = room_of_floats(next * s.stride); /* NaN */
  for (size_t k = 0; k < shared_keys; k++) see(numbers, SHARED - 1 - k / TOKENS, k % TOKENS);
  for (size_t r = 0; r < count; r++)
    for (size_t k = SHARED * TOKENS; k < keys[r]; k++) see(numbers, (size_t)s.tables[r][k / TOKENS], k % TOKENS);
  s.cache = room(next * s.stride * llava_block_bytes(type), 4);
  t->reference->narrow(s.cache, numbers, type, next * s.stride);
}

/* Queries first ..< first + count, computed together. */
static float *result(const llava_kernels *kernels, size_t first, size_t count) {
  const float *q[MOST_QUERIES];
  const int32_t *tables[MOST_QUERIES];
  float *y[MOST_QUERIES], *all = room_of_floats(count * s.width);
  size_t most = 0;
  for (size_t r = 0; r < count; r++) {
    q[r] = s.q + (first + r) * s.width;
    y[r] = all + r * s.width;
    tables[r] = s.tables[first + r];
    if (s.keys[first + r] > most) most = s.keys[first + r];
  }
  size_t own = (most + TOKENS - 1) / TOKENS;
  llava_queries queries = {count, q, y, tables, s.keys + first, count == 1 ? own : SHARED};
  float *scratch = room_of_floats(llava_attend_scratch_floats(most, s.width));
  kernels->attend(&queries, s.cache, s.type, 0.3f, s.width, s.stride, scratch);
  return all;
}

static void every_size_gives_what_the_reference_gives(const twins *t, llava_element type) {
  static const size_t widths[] = {1, 3, 4, 5, 8, 24, 32, 60, 64, 72, 80, 128};
  static const size_t groups[][18] = {
      {1}, {16}, {17, 2, 15, 16}, {130, 63, 64, 65, 150},
      {40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56},
  };
  for (size_t w = 0; w < COUNT(widths); w++)
    for (size_t g = 0; g < COUNT(groups); g++) {
      size_t count = 0;
      while (groups[g][count] > 0) count++;
      sampled(t, type, widths[w], groups[g], count);
      double error = normalized_error(result(t->fast, 0, count), result(t->reference, 0, count), count * widths[w]);
      claim(error < NEAR, t, "attention of type %d, width %zu, group %zu: %g", type, widths[w], g, error);
      room_ends();
    }
}

static void a_query_is_the_same_in_every_group(const twins *t, llava_element type) {
  enum { WIDTH = 40, LONGEST = 100 };
  size_t keys[MOST_QUERIES];
  for (size_t r = 0; r < MOST_QUERIES; r++) keys[r] = 1 + random_below(LONGEST);
  sampled(t, type, WIDTH, keys, MOST_QUERIES);
  const float *all = result(t->fast, 0, MOST_QUERIES);
  for (size_t count = 1; count <= 64; count++) {
    size_t first = random_below(MOST_QUERIES - count + 1);
    claim(
        memcmp(result(t->fast, first, count), all + first * WIDTH, 4 * count * WIDTH) == 0, t,
        "attention of type %d, queries %zu to %zu", type, first, first + count);
  }
  room_ends();
}

void grid_attention(const twins *t) {
  static const llava_element types[] = {LLAVA_F32, LLAVA_F16};
  for (size_t i = 0; i < COUNT(types); i++) {
    every_size_gives_what_the_reference_gives(t, types[i]);
    a_query_is_the_same_in_every_group(t, types[i]);
  }
}
