#include "grid.h"
#include <math.h>
#include <string.h>

enum { PANEL = LLAVA_PANEL_OUTPUTS, BYTES = 64 /* where panels, tiles and scratch begin */ };

/* Products of bf16 may be added two at a time, each time rounded: by this part of the sum of magnitudes. */
static const float ROUNDING_SHARE = 1e-5f;

static const llava_packing PACKINGS[] = {LLAVA_PACKED_BF16, LLAVA_PACKED_INT8, LLAVA_PACKED_Q8_0, LLAVA_PACKED_Q4_0};

typedef struct sample {
  llava_packing packing;
  size_t outputs, depth;
  const float *x, *w, *bias;
  char *panels;
} sample;

static sample sampled(llava_packing packing, size_t rows, size_t outputs, size_t depth) {
  sample s = {packing, outputs, depth, random_floats(rows * depth, -1, 1), random_floats(outputs * depth, -1, 1),
              random_floats(outputs, -1, 1), NULL};
  size_t bytes = llava_panel_bytes(packing, depth);
  void *scratch = room(llava_pack_scratch_bytes(packing, depth), BYTES);
  s.panels = room((outputs + PANEL - 1) / PANEL * bytes, BYTES);
  for (size_t n = 0; n < outputs; n += PANEL) {
    const void *of[PANEL];
    size_t some = outputs - n < PANEL ? outputs - n : PANEL;
    for (size_t i = 0; i < some; i++) of[i] = s.w + (n + i) * depth;
    llava_pack_panel(s.panels + n / PANEL * bytes, of, LLAVA_F32, packing, some, depth, scratch);
  }
  return s;
}

/* Rows first ..< first + rows, packed by themselves; their tiles are compared with the reference's. */
static float *result(const twins *t, const llava_kernels *kernels, const sample *s, size_t first, size_t rows) {
  size_t bytes = rows * llava_tile_row_bytes(s->packing, s->depth);
  void *tiles = room(bytes, 4), *twin = room(bytes, 4), *scratch = room(llava_product_scratch_bytes(s->depth), BYTES);
  float *y = room_of_floats(rows * s->outputs);
  kernels->pack_rows(tiles, s->x + first * s->depth, s->packing, rows, s->depth, s->depth);
  t->reference->pack_rows(twin, s->x + first * s->depth, s->packing, rows, s->depth, s->depth);
  claim(memcmp(tiles, twin, bytes) == 0, t, "packing %d of %zu rows, depth %zu", s->packing, rows, s->depth);
  kernels->packed_product(
      y, tiles, s->panels, s->packing, s->bias, rows, s->outputs, s->depth, s->outputs, scratch);
  return y;
}

static bool near_sums(const sample *s, const float *found, const float *expected, size_t rows) {
  for (size_t i = 0; i < rows * s->outputs; i++) {
    const float *x = s->x + i / s->outputs * s->depth, *w = s->w + i % s->outputs * s->depth;
    float magnitude = 0;
    for (size_t k = 0; k < s->depth; k++) magnitude += fabsf(x[k] * w[k]);
    if (!(fabsf(found[i] - expected[i]) <= ROUNDING_SHARE * magnitude)) return false;
  }
  return true;
}

static void every_size_gives_what_the_reference_gives(const twins *t, llava_packing packing) {
  static const size_t whole[] = {32, 64, 96, 128, 160, 288};
  static const size_t odd[] = {1, 2, 3, 4, 5, 7, 9, 15, 16, 17, 31, 33, 63, 141, 143};
  static const size_t shapes[][2] = {{1, 1}, {2, 16}, {3, 15}, {5, 17}, {6, 32}, {7, 33}, {12, 48}, {13, 50}, {25, 70}};
  bool blocks = packing == LLAVA_PACKED_Q8_0 || packing == LLAVA_PACKED_Q4_0;
  for (size_t d = 0; d < (blocks ? COUNT(whole) : COUNT(odd)); d++)
    for (size_t i = 0; i < COUNT(shapes); i++) {
      size_t depth = blocks ? whole[d] : odd[d], rows = shapes[i][0];
      sample s = sampled(packing, rows, shapes[i][1], depth);
      const float *found = result(t, t->fast, &s, 0, rows), *expected = result(t, t->reference, &s, 0, rows);
      claim(
          packing == LLAVA_PACKED_BF16 ? near_sums(&s, found, expected, rows)
                                       : same(t, found, expected, rows * s.outputs),
          t, "packed product %d, %zu x %zu x %zu", packing, rows, s.outputs, depth);
      room_ends();
    }
}

/* Weights and inputs at the ends of their ranges, of like signs and of others: what 16 bits must hold. A block of Q8_0 from
 * elsewhere may have -128. */
static void the_greatest_sums_do_not_overflow(const twins *t, llava_packing packing) {
  enum { ROWS = 7, OUTPUTS = PANEL, DEPTH = 64, COUNT_OF_BLOCKS = DEPTH / LLAVA_BLOCK };
  static const uint8_t one[] = {0x00, 0x3c}; /* in f16 */
  bool eight = packing == LLAVA_PACKED_Q8_0;
  size_t code_bytes = eight ? LLAVA_BLOCK : LLAVA_BLOCK / 2;
  sample s = sampled(packing, ROWS, OUTPUTS, DEPTH);
  uint8_t *blocks = room(OUTPUTS * COUNT_OF_BLOCKS * (sizeof one + code_bytes), 4), *next = blocks;
  const void *of[OUTPUTS];
  for (size_t n = 0; n < OUTPUTS; n++) {
    of[n] = next;
    for (size_t b = 0; b < COUNT_OF_BLOCKS; b++) {
      memcpy(next, one, sizeof one);
      next += sizeof one;
      for (size_t i = 0; i < code_bytes; i++) {
        bool least = n == 0 || (n > 1 && random_below(2) == 0);
        *next++ = eight ? (least ? 0x80 : 0x7f) : least ? 0x00 : 0xff;
      }
    }
  }
  llava_pack_panel(
      s.panels, of, eight ? LLAVA_Q8_0 : LLAVA_Q4_0, packing, OUTPUTS, DEPTH,
      room(llava_pack_scratch_bytes(packing, DEPTH), BYTES));
  for (size_t i = 0; i < ROWS * DEPTH; i++)
    ((float *)s.x)[i] = i / DEPTH == 0 || (i / DEPTH > 1 && random_below(2) == 0) ? -1 : 1;
  claim(
      same(t, result(t, t->fast, &s, 0, ROWS), result(t, t->reference, &s, 0, ROWS), ROWS * OUTPUTS), t,
      "packed product %d of the greatest numbers", packing);
  room_ends();
}

static void a_row_is_the_same_whatever_is_computed_with_it(const twins *t, llava_packing packing) {
  enum { MOST = 640, OUTPUTS = 50, DEPTH = 160 };
  sample s = sampled(packing, MOST, OUTPUTS, DEPTH);
  const float *all = result(t, t->fast, &s, 0, MOST);
  for (size_t rows = 1; rows <= 64; rows++) {
    size_t first = random_below(MOST - rows + 1);
    claim(
        memcmp(result(t, t->fast, &s, first, rows), all + first * OUTPUTS, 4 * rows * OUTPUTS) == 0, t,
        "packed product %d, rows %zu to %zu", packing, first, first + rows);
  }
  room_ends();
}

static void a_number_that_is_none_is_never_lost(const twins *t, llava_packing packing) {
  enum { ROWS = 3, OUTPUTS = 5, DEPTH = 160 };
  sample s = sampled(packing, ROWS, OUTPUTS, DEPTH);
  ((float *)s.x)[DEPTH + 70] = NAN;
  void *tiles = room(ROWS * llava_tile_row_bytes(packing, DEPTH), 4);
  void *scratch = room(llava_product_scratch_bytes(DEPTH), BYTES);
  float *y = room_of_floats(ROWS * OUTPUTS);
  t->fast->pack_rows(tiles, s.x, packing, ROWS, DEPTH, DEPTH);
  t->fast->packed_product(y, tiles, s.panels, packing, NULL, ROWS, OUTPUTS, DEPTH, OUTPUTS, scratch);
  for (size_t i = 0; i < ROWS * OUTPUTS; i++)
    claim(isnan(y[i]) == (i / OUTPUTS == 1) && !isinf(y[i]), t, "packed product %d of NaN, number %zu", packing, i);
  room_ends();
}

/* Numbers so small that their scale is zero, and nothing after them. */
static void the_least_numbers_are_numbers(const twins *t, llava_packing packing) {
  enum { ROWS = 2, OUTPUTS = 3, DEPTH = 288 };
  sample s = sampled(packing, ROWS, OUTPUTS, DEPTH);
  for (size_t k = 0; k < DEPTH; k++) ((float *)s.x)[k] = k < 128 ? 1e-44f : 0;
  s.bias = NULL;
  const float *y = result(t, t->fast, &s, 0, ROWS);
  for (size_t n = 0; n < OUTPUTS; n++) claim(fabsf(y[n]) < 1e-40f, t, "packed product %d of 1e-44, output %zu", packing, n);
  room_ends();
}

void grid_packed_products(const twins *t) {
  for (size_t i = 0; i < COUNT(PACKINGS); i++) {
    every_size_gives_what_the_reference_gives(t, PACKINGS[i]);
    a_row_is_the_same_whatever_is_computed_with_it(t, PACKINGS[i]);
    a_number_that_is_none_is_never_lost(t, PACKINGS[i]);
    the_least_numbers_are_numbers(t, PACKINGS[i]);
  }
  the_greatest_sums_do_not_overflow(t, LLAVA_PACKED_Q8_0);
  the_greatest_sums_do_not_overflow(t, LLAVA_PACKED_Q4_0);
}
