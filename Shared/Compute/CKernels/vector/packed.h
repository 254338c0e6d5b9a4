/* Packed products over any vector. The level gives the words (whole numbers) of words.h, how many rows and panels are
 * held in registers (ROWS_AT_ONCE and PANELS_AT_ONCE for sums alone, BLOCK_ROWS_AT_ONCE and BLOCK_PANELS_AT_ONCE for
 * blocks, which need a second set), and from how many rows on nibbles are better unpacked once than in each tile
 * (UNPACKED_ROWS). It may have another shape for few rows of blocks, and its own mind about when memory is to be asked early
 * (LLAVA_HAS_FEW_ROWS). One that has no more for bf16 than the level below it leaves those products to that one
 * (BF16_PRODUCT). Sums of whole numbers are exact and the rest goes by blocks in ascending order, so that an element takes
 * the same steps whatever is computed with it. */
#include "../reference/packed.h"
#include "nibbles.h"
#include <string.h>

#ifndef LLAVA_HAS_FEW_ROWS
enum { FEW_ROWS_AT_ONCE = BLOCK_ROWS_AT_ONCE, FEW_PANELS_AT_ONCE = BLOCK_PANELS_AT_ONCE, ASK_LOCALITY = 3 };
VECTOR bool are_few(size_t rows) {
  (void)rows;
  return false;
}
VECTOR bool asks_ahead(bool blocks, bool nibbles, size_t rows) {
  (void)blocks, (void)nibbles, (void)rows;
  return true;
}
#endif

enum {
  PARTS = OUTPUTS / WIDTH,
  MOST_BLOCK_ROWS = (int)FEW_ROWS_AT_ONCE > (int)BLOCK_ROWS_AT_ONCE ? (int)FEW_ROWS_AT_ONCE : (int)BLOCK_ROWS_AT_ONCE,
  MOST_BLOCK_PANELS =
      (int)FEW_PANELS_AT_ONCE > (int)BLOCK_PANELS_AT_ONCE ? (int)FEW_PANELS_AT_ONCE : (int)BLOCK_PANELS_AT_ONCE,
};

/* Keeps the compiler from loading the words of later steps early and spilling them. */
#define STEP_ENDS __asm__ volatile("" ::: "memory")

enum {
  BYTES_AHEAD = 4096, /* a thread's share of what memory has under way, with room */
};

/* Unpacked nibbles are bytes that have the inputs of nibbles, and lie in a cache. */
typedef enum kind { BF16_KIND, INT8_KIND, BYTES_KIND, NIBBLES_KIND, UNPACKED_KIND } kind;

/* Panels that are computed together, and what is done with their sums. */
typedef struct pair {
  bool asks; /* memory early: not for the tiles after the first, which find it in a cache */
  const uint8_t *scales, *codes;
  size_t scales_stride, codes_stride; /* from one panel to the next */
  const float *bias;
  size_t outputs;
} pair;

/* Asks memory for what comes BYTES_AHEAD behind `bytes` of each panel: few rows are done with a panel sooner than the
 * next part of it arrives. */
VECTOR void ask_ahead(const pair *w, const uint8_t *codes, size_t bytes, int panels) {
  if (!w->asks) return;
  UNROLLED for (int n = 0; n < panels; n++)
    UNROLLED for (size_t i = 0; i < bytes; i += 64)
      __builtin_prefetch(codes + n * w->codes_stride + BYTES_AHEAD + i, 0, ASK_LOCALITY);
}

VECTOR void finish(float *y, vec value, const pair *w, size_t output) {
  if (output >= w->outputs) return;
  size_t left = w->outputs - output;
  if (left >= WIDTH) return vec_store(y + output, w->bias ? vec_add(value, vec_load(w->bias + output)) : value);
  if (w->bias) value = vec_add(value, vec_load_part(w->bias + output, left));
  vec_store_part(y + output, value, left);
}

/* rows x panels of sums of bf16 products; the tile has tile_rows, of which these are the first. */
VECTOR void bf16_tile(float *y, const char *x, const pair *w, int rows, int panels, size_t tile_rows, size_t depth,
                      size_t stride) {
  vec sum[ROWS_AT_ONCE][PANELS_AT_ONCE][PARTS];
  UNROLLED for (int m = 0; m < rows; m++)
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++) sum[m][n][p] = vec_all(0);
  const uint8_t *codes = w->codes;
  for (size_t s = 0; s < depth / 2; s++, x += STEP * tile_rows, codes += STEP_BYTES) {
    words b[PANELS_AT_ONCE][PARTS];
    STEP_ENDS;
    ask_ahead(w, codes, STEP_BYTES, panels);
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++)
        b[n][p] = words_load(codes + n * w->codes_stride + p * STEP * WIDTH);
    UNROLLED for (int m = 0; m < rows; m++) {
      words a = words_all(x + STEP * m);
      UNROLLED for (int n = 0; n < panels; n++)
        UNROLLED for (int p = 0; p < PARTS; p++) sum[m][n][p] = words_bf16_dot(sum[m][n][p], b[n][p], a);
    }
  }
  UNROLLED for (int m = 0; m < rows; m++)
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++)
        finish(y + m * stride, sum[m][n][p], w, (size_t)(n * OUTPUTS + p * WIDTH));
}

VECTOR void int8_tile(float *y, const char *x, const pair *w, int rows, int panels, size_t tile_rows, size_t depth,
                      size_t stride) {
  const char *scales = x + depth * tile_rows, *corrections = scales + 4 * tile_rows;
  words sum[ROWS_AT_ONCE][PANELS_AT_ONCE][PARTS];
  UNROLLED for (int m = 0; m < rows; m++)
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++) sum[m][n][p] = words_start(corrections + 4 * m);
  const uint8_t *codes = w->codes;
  for (size_t s = 0; s < depth / 4; s++, x += STEP * tile_rows, codes += STEP_BYTES) {
    words b[PANELS_AT_ONCE][PARTS];
    STEP_ENDS;
    ask_ahead(w, codes, STEP_BYTES, panels);
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++)
        b[n][p] = words_load(codes + n * w->codes_stride + p * STEP * WIDTH);
    UNROLLED for (int m = 0; m < rows; m++) {
      words a = words_all(x + STEP * m);
      UNROLLED for (int n = 0; n < panels; n++)
        UNROLLED for (int p = 0; p < PARTS; p++) sum[m][n][p] = words_dot(sum[m][n][p], b[n][p], a);
    }
  }
  UNROLLED for (int n = 0; n < panels; n++)
    UNROLLED for (int p = 0; p < PARTS; p++) {
      vec scale = vec_load((const float *)(w->scales + n * w->scales_stride) + p * WIDTH);
      UNROLLED for (int m = 0; m < rows; m++)
        finish(y + m * stride, vec_multiply(vec_of(sum[m][n][p]), vec_multiply(vec_all_at(scales + 4 * m), scale)), w,
               (size_t)(n * OUTPUTS + p * WIDTH));
    }
}

/* The steps of a block, of which nibbles hold two in one. */
VECTOR void block_steps(words (*sum)[MOST_BLOCK_PANELS][PARTS], const char *x, const uint8_t *codes, size_t codes_stride,
                        kind kind, int rows, int panels, size_t tile_rows) {
  bool nibbles = kind == NIBBLES_KIND;
  UNROLLED for (int s = 0; s < (nibbles ? BLOCK_STEPS / 2 : BLOCK_STEPS); s++)
    UNROLLED for (int half = 0; half < (nibbles ? 2 : 1); half++) {
      words b[MOST_BLOCK_PANELS][PARTS];
      STEP_ENDS;
      UNROLLED for (int n = 0; n < panels; n++)
        UNROLLED for (int p = 0; p < PARTS; p++) {
          b[n][p] = words_load(codes + n * codes_stride + s * STEP_BYTES + p * STEP * WIDTH);
          if (nibbles) b[n][p] = half ? words_upper(b[n][p]) : words_lower(b[n][p]);
        }
      UNROLLED for (int m = 0; m < rows; m++) {
        words a = words_all(x + STEP * ((s + half * BLOCK_STEPS / 2) * tile_rows + m));
        UNROLLED for (int n = 0; n < panels; n++)
          UNROLLED for (int p = 0; p < PARTS; p++)
            sum[m][n][p] = (kind == BYTES_KIND ? words_dot : nibbles_dot)(sum[m][n][p], b[n][p], a);
      }
    }
  STEP_ENDS;
}

VECTOR void block_tile(float *y, const char *x, const pair *w, kind kind, int rows, int panels, size_t tile_rows,
                       size_t depth, size_t stride) {
  bool nibbles = kind == NIBBLES_KIND;
  size_t group = llava_group_blocks(kind == BYTES_KIND ? LLAVA_PACKED_Q8_0 : LLAVA_PACKED_Q4_0);
  size_t code_bytes = nibbles ? Q4_BLOCK_BYTES : Q8_BLOCK_BYTES;
  const uint8_t *scales = w->scales, *codes = w->codes;
  vec total[MOST_BLOCK_ROWS][MOST_BLOCK_PANELS][PARTS];
  UNROLLED for (int m = 0; m < rows; m++)
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++) total[m][n][p] = vec_all(0);
  for (size_t b = 0; b < depth / BLOCK; b++) {
    words sum[MOST_BLOCK_ROWS][MOST_BLOCK_PANELS][PARTS];
    const char *corrections = x + 4 * (1 + BLOCK_STEPS) * tile_rows;
    UNROLLED for (int m = 0; m < rows; m++)
      UNROLLED for (int n = 0; n < panels; n++)
        UNROLLED for (int p = 0; p < PARTS; p++)
          sum[m][n][p] = (kind == BYTES_KIND ? words_start : nibbles_start)(corrections + 4 * m);
    /* within a group the ratio is 1 */
    if (b % group == 0)
      UNROLLED for (int m = 0; m < rows; m++) {
        vec ratio = vec_all_at(x + 4 * m);
        UNROLLED for (int n = 0; n < panels; n++)
          UNROLLED for (int p = 0; p < PARTS; p++) total[m][n][p] = vec_multiply(total[m][n][p], ratio);
      }
    if (kind != UNPACKED_KIND) ask_ahead(w, codes, code_bytes, panels);
    block_steps(sum, x + 4 * tile_rows, codes, w->codes_stride, kind, rows, panels, tile_rows);
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++) {
        vec scale = vec_widen(scales + n * w->scales_stride + 2 * p * WIDTH, LLAVA_F16);
        UNROLLED for (int m = 0; m < rows; m++) {
          words exact = kind == BYTES_KIND ? sum[m][n][p] : nibbles_sum(sum[m][n][p], corrections + 4 * m);
          total[m][n][p] = vec_fma(vec_of(exact), scale, total[m][n][p]);
        }
      }
    x += 4 * TILE_BLOCK_WORDS * tile_rows, codes += code_bytes, scales += SCALE_BYTES;
  }
  UNROLLED for (int m = 0; m < rows; m++) {
    vec last = vec_all_at(x + 4 * m);
    UNROLLED for (int n = 0; n < panels; n++)
      UNROLLED for (int p = 0; p < PARTS; p++)
        finish(y + m * stride, vec_multiply(total[m][n][p], last), w, (size_t)(n * OUTPUTS + p * WIDTH));
  }
}

VECTOR void any_tile(float *y, const char *x, const pair *w, kind kind, int rows, int panels, size_t tile_rows,
                     size_t depth, size_t stride) {
  switch (kind) {
  case BF16_KIND:
    return bf16_tile(y, x, w, rows, panels, tile_rows, depth, stride);
  case INT8_KIND:
    return int8_tile(y, x, w, rows, panels, tile_rows, depth, stride);
  case BYTES_KIND:
  case NIBBLES_KIND:
  case UNPACKED_KIND:
    return block_tile(y, x, w, kind, rows, panels, tile_rows, depth, stride);
  }
}

/* `count` rows at once, where the level holds that many. */
#define ROWS_OF(count, tile_rows)                                                                                     \
  case count:                                                                                                         \
    if ((count) <= most) any_tile(y, x, w, kind, count, panels, tile_rows, depth, stride);                            \
    break;

/* All rows of a tile, as many at once as the level holds. Where they are all that a tile may have, or are held at once, the
 * compiler knows where each lies. */
VECTOR void tile_rows(float *y, const char *x, const pair *w, kind kind, size_t rows, int panels, int most,
                      size_t depth, size_t stride) {
  size_t whole = kind == BF16_KIND || kind == INT8_KIND ? SUM_TILE_ROWS : BLOCK_TILE_ROWS;
  if (rows == whole) {
    size_t m = 0;
    for (; m + (size_t)most <= whole; m += (size_t)most, y += (size_t)most * stride, x += STEP * most)
      any_tile(y, x, w, kind, most, panels, whole, depth, stride);
    switch (whole - m) { ROWS_OF(1, whole) ROWS_OF(2, whole) ROWS_OF(3, whole) ROWS_OF(4, whole) ROWS_OF(5, whole) }
    return;
  }
  if (rows <= (size_t)most) {
    switch (rows) {
      ROWS_OF(1, 1) ROWS_OF(2, 2) ROWS_OF(3, 3) ROWS_OF(4, 4) ROWS_OF(5, 5) ROWS_OF(6, 6)
      ROWS_OF(7, 7) ROWS_OF(8, 8) ROWS_OF(9, 9) ROWS_OF(10, 10) ROWS_OF(11, 11)
    }
    return;
  }
  size_t left = rows;
  for (; left >= (size_t)most; left -= (size_t)most, y += (size_t)most * stride, x += STEP * most)
    any_tile(y, x, w, kind, most, panels, rows, depth, stride);
  switch (left) { ROWS_OF(1, rows) ROWS_OF(2, rows) ROWS_OF(3, rows) ROWS_OF(4, rows) ROWS_OF(5, rows) }
}

/* Nibbles as bytes, in the order of Q8_0. */
VECTOR void unpack(uint8_t *bytes, const uint8_t *nibbles, size_t depth) {
  for (size_t b = 0; b < depth / BLOCK; b++, nibbles += Q4_BLOCK_BYTES, bytes += Q8_BLOCK_BYTES)
    for (size_t i = 0; i < Q4_BLOCK_BYTES; i += STEP * WIDTH) {
      words both = words_load(nibbles + i);
      words_store(bytes + i, words_lower(both));
      words_store(bytes + Q4_BLOCK_BYTES + i, words_upper(both));
    }
}

/* With rows_at_once x panels_at_once in registers. */
VECTOR void product_by(int rows_at_once, int panels_at_once, float *y, const char *tiles, const uint8_t *panels,
                       llava_packing packing, kind kind, const float *bias, size_t rows, size_t outputs, size_t depth,
                       size_t stride, uint8_t *scratch) {
  bool asks = asks_ahead(kind != BF16_KIND && kind != INT8_KIND, kind == NIBBLES_KIND, rows);
  size_t most = llava_tile_rows(packing), row_bytes = llava_tile_row_bytes(packing, depth);
  size_t panel_bytes = llava_panel_bytes(packing, depth), scales_bytes = llava_scales_bytes(packing, depth);
  bool unpacks = kind == NIBBLES_KIND && rows >= UNPACKED_ROWS;
  size_t left = (outputs + OUTPUTS - 1) / OUTPUTS, count;
  for (size_t n = 0; left > 0; n += count * OUTPUTS, panels += count * panel_bytes, left -= count) {
    count = left >= (size_t)panels_at_once ? (size_t)panels_at_once : 1;
    pair w = {false, panels, panels + scales_bytes, panel_bytes, panel_bytes, bias ? bias + n : NULL, outputs - n};
    if (unpacks) {
      w.codes = scratch;
      w.codes_stride = depth * OUTPUTS;
      for (size_t p = 0; p < count; p++) unpack(scratch + p * depth * OUTPUTS, panels + p * panel_bytes + scales_bytes, depth);
    }
    for (size_t m = 0; m < rows; m += most) {
      size_t some = rows - m < most ? rows - m : most;
      const char *x = tiles + m * row_bytes;
      float *out = y + m * stride + n;
      w.asks = m == 0 && !unpacks && asks;
      if (kind == NIBBLES_KIND && unpacks) {
        if (count == (size_t)panels_at_once)
          tile_rows(out, x, &w, UNPACKED_KIND, some, panels_at_once, rows_at_once, depth, stride);
        else
          tile_rows(out, x, &w, UNPACKED_KIND, some, 1, rows_at_once, depth, stride);
      } else if (count == (size_t)panels_at_once) {
        tile_rows(out, x, &w, kind, some, panels_at_once, rows_at_once, depth, stride);
      } else {
        tile_rows(out, x, &w, kind, some, 1, rows_at_once, depth, stride);
      }
    }
  }
}

VECTOR void product_of(float *y, const char *tiles, const uint8_t *panels, llava_packing packing, kind kind,
                       const float *bias, size_t rows, size_t outputs, size_t depth, size_t stride, uint8_t *scratch) {
  if (kind == BF16_KIND || kind == INT8_KIND)
    return product_by(
        ROWS_AT_ONCE, PANELS_AT_ONCE, y, tiles, panels, packing, kind, bias, rows, outputs, depth, stride, scratch);
  if (are_few(rows))
    return product_by(
        FEW_ROWS_AT_ONCE, FEW_PANELS_AT_ONCE, y, tiles, panels, packing, kind, bias, rows, outputs, depth, stride,
        scratch);
  product_by(
      BLOCK_ROWS_AT_ONCE, BLOCK_PANELS_AT_ONCE, y, tiles, panels, packing, kind, bias, rows, outputs, depth, stride,
      scratch);
}

KERNEL(packed_product)(float *y, const void *tiles, const void *panels, llava_packing packing, const float *bias,
                       size_t rows, size_t outputs, size_t depth, size_t stride, void *scratch) {
  depth = llava_packed_depth(packing, depth);
  switch (packing) {
  case LLAVA_PACKED_BF16:
#ifdef BF16_PRODUCT
    return BF16_PRODUCT(y, tiles, panels, packing, bias, rows, outputs, depth, stride, scratch);
#else
    return product_of(y, tiles, panels, packing, BF16_KIND, bias, rows, outputs, depth, stride, scratch);
#endif
  case LLAVA_PACKED_INT8:
    return product_of(y, tiles, panels, packing, INT8_KIND, bias, rows, outputs, depth, stride, scratch);
  case LLAVA_PACKED_Q8_0:
    return product_of(y, tiles, panels, packing, BYTES_KIND, bias, rows, outputs, depth, stride, scratch);
  case LLAVA_PACKED_Q4_0:
    return product_of(y, tiles, panels, packing, NIBBLES_KIND, bias, rows, outputs, depth, stride, scratch);
  }
}
