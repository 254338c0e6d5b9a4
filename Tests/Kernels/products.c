#include "grid.h"
#include <string.h>

static const llava_element TYPES[] = {LLAVA_F32, LLAVA_F16, LLAVA_BF16};

/* Random weights of a type, one byte off every alignment. */
static void *weights(const twins *t, size_t count, llava_element type) {
  size_t bytes = count * llava_block_bytes(type);
  float *values = random_floats(count, -1, 1);
  char *aligned = room(bytes, 4), *w = (char *)room(bytes + 1, 4) + 1;
  t->reference->narrow(aligned, values, type, count);
  return memcpy(w, aligned, bytes);
}

static void every_size_has_the_bits_of_the_reference(const twins *t, llava_element type) {
  static const size_t depths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 64, 100, 193};
  static const size_t shapes[][2] = {{1, 1}, {1, 5}, {2, 4}, {3, 3}, {5, 7}, {6, 4}, {7, 9}, {13, 6}};
  for (size_t d = 0; d < COUNT(depths); d++)
    for (size_t s = 0; s < COUNT(shapes); s++) {
      size_t depth = depths[d], rows = shapes[s][0], outputs = shapes[s][1];
      const void *w = weights(t, outputs * depth, type);
      const float *x = random_floats(rows * depth, -1, 1);
      float *y = room_of_floats(rows * outputs), *z = room_of_floats(rows * outputs);
      t->fast->product(y, x, w, type, rows, outputs, depth, outputs);
      t->reference->product(z, x, w, type, rows, outputs, depth, outputs);
      claim(same(t, y, z, rows * outputs), t, "product of type %d, %zu x %zu x %zu", type, rows, outputs, depth);
      room_ends();
    }
}

static void a_row_is_the_same_whatever_is_computed_with_it(const twins *t, llava_element type) {
  enum { MOST = 640, OUTPUTS = 37, DEPTH = 211 };
  const void *w = weights(t, OUTPUTS * DEPTH, type);
  const float *x = random_floats(MOST * DEPTH, -1, 1);
  float *all = room_of_floats(MOST * OUTPUTS), *some = room_of_floats(64 * OUTPUTS);
  t->fast->product(all, x, w, type, MOST, OUTPUTS, DEPTH, OUTPUTS);
  for (size_t rows = 1; rows <= 64; rows++) {
    size_t first = random_below(MOST - rows + 1);
    t->fast->product(some, x + first * DEPTH, w, type, rows, OUTPUTS, DEPTH, OUTPUTS);
    claim(
        memcmp(some, all + first * OUTPUTS, 4 * rows * OUTPUTS) == 0, t, "product of type %d, rows %zu to %zu", type,
        first, first + rows);
  }
  room_ends();
}

void grid_products(const twins *t) {
  for (size_t i = 0; i < COUNT(TYPES); i++) {
    every_size_has_the_bits_of_the_reference(t, TYPES[i]);
    a_row_is_the_same_whatever_is_computed_with_it(t, TYPES[i]);
  }
}
