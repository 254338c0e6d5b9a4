#include "grid.h"
#include <string.h>

/* Both round to bf16; a weight that lies between two of them may fall to either side. */
static const double ROUNDED = 1e-6;

typedef struct sample {
  size_t tokens, width;
  const float *q, *k, *v;
} sample;

static sample sampled(size_t tokens, size_t width) {
  size_t count = tokens * width;
  return (sample){tokens, width, random_floats(count, -2, 2), random_floats(count, -2, 2), random_floats(count, -2, 2)};
}

/* Rows first ..< first + count. */
static float *result(const llava_kernels *kernels, const sample *s, size_t first, size_t count) {
  float *y = room_of_floats((first + count) * s->width);
  void *scratch = room(llava_full_attention_scratch_bytes(s->tokens, s->width), 64);
  kernels->full_attention(y, s->q, s->k, s->v, 0.3f, first, count, s->tokens, s->width, s->width, scratch);
  return y + first * s->width;
}

void grid_full_attention(const twins *t) {
  static const size_t shapes[][2] = {{1, 8}, {2, 1}, {3, 3}, {5, 16}, {37, 24}, {50, 45}, {64, 64}, {65, 72}, {177, 40}};
  for (size_t i = 0; i < COUNT(shapes); i++) {
    sample s = sampled(shapes[i][0], shapes[i][1]);
    double error = normalized_error(
        result(t->fast, &s, 0, s.tokens), result(t->reference, &s, 0, s.tokens), s.tokens * s.width);
    claim(error < ROUNDED, t, "full attention, %zu x %zu: %g", s.tokens, s.width, error);
    room_ends();
  }
  enum { TOKENS = 640, WIDTH = 10 };
  sample s = sampled(TOKENS, WIDTH);
  const float *all = result(t->fast, &s, 0, TOKENS);
  for (size_t count = 1; count <= 64; count++) {
    size_t first = random_below(TOKENS - count + 1);
    claim(
        memcmp(result(t->fast, &s, first, count), all + first * WIDTH, 4 * count * WIDTH) == 0, t,
        "full attention, rows %zu to %zu", first, first + count);
  }
  room_ends();
}
