/* Inputs into tiles, over any vector: what reference/packed.c does number by number. */
#include "../reference/packed.h"
#include <string.h>

enum {
  MOST_ROWS = 12, /* of a tile */
  SOME = 16,      /* numbers of each row that are put together */
};

VECTOR vec load_up_to(const float *x, size_t left) { return left >= WIDTH ? vec_load(x) : vec_load_part(x, left); }

VECTOR void put(char *tile, size_t word, const void *value) { memcpy(tile + 4 * word, value, 4); }

/* The greatest magnitude; NaN is greater than all, as its bits are. */
VECTOR float extent(const float *x, size_t count) {
  words most = words_none();
  for (size_t k = 0; k < count; k += WIDTH) most = words_max(most, words_magnitude(load_up_to(x + k, count - k)));
  int32_t bits = words_largest(most);
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

/* A vector of numbers as whole multiples of a scale, in words of four; returns them, a word for each. */
VECTOR words round_some(uint32_t *bytes, vec x, vec inverse) {
  words codes = words_rounded(vec_min(vec_max(vec_multiply(x, inverse), vec_all(-127)), vec_all(127)));
  words_store_bytes(bytes, codes);
  return codes;
}

/* The next `steps` words of `rows` rows, of which each has SOME / 2 in `from`, into their steps. */
VECTOR void put_words(char *tile, uint32_t (*from)[SOME / 2], size_t rows, size_t steps) {
  size_t m = 0;
  if (steps % 4 == 0)
    for (; m + 4 <= rows; m += 4)
      for (size_t s = 0; s < steps; s += 4)
        words_put_square(
            tile + STEP * (s * rows + m), STEP * rows, from[m] + s, from[m + 1] + s, from[m + 2] + s, from[m + 3] + s);
  for (; m < rows; m++)
    for (size_t s = 0; s < steps; s++) put(tile, s * rows + m, &from[m][s]);
}

VECTOR void pack_blocks(char *tile, const float *x, llava_packing packing, size_t rows, size_t depth, size_t stride) {
  size_t group = llava_group_blocks(packing) * BLOCK;
  float last[MOST_ROWS], largest[MOST_ROWS];
  for (size_t m = 0; m < rows; m++) last[m] = 1, largest[m] = 0;
  for (size_t k = 0; k < depth; k += BLOCK, tile += 4 * TILE_BLOCK_WORDS * rows) {
    float ratio[MOST_ROWS], inverse[MOST_ROWS];
    int32_t correction[MOST_ROWS];
    words sum[MOST_ROWS];
    for (size_t m = 0; m < rows; m++) {
      float scale = last[m];
      if (k % group == 0)
        scale = llava_next_scale(
            extent(x + m * stride + k, depth - k < group ? depth - k : group), last[m], &largest[m]);
      ratio[m] = k == 0 ? 1 : last[m] / scale;
      inverse[m] = scale > 0 ? 1 / scale : 0;
      last[m] = scale;
      sum[m] = words_none();
    }
    for (size_t i = 0; i < BLOCK; i += SOME) {
      uint32_t bytes[MOST_ROWS][SOME / 2];
      for (size_t m = 0; m < rows; m++)
        for (size_t j = 0; j < SOME; j += WIDTH)
          sum[m] = words_add(
              sum[m], round_some(bytes[m] + j / STEP, vec_load(x + m * stride + k + i + j), vec_all(inverse[m])));
      put_words(tile + 4 * (1 + i / STEP) * rows, bytes, rows, SOME / STEP);
    }
    for (size_t m = 0; m < rows; m++) correction[m] = -llava_offset(packing) * words_sum(sum[m]);
    memcpy(tile, ratio, 4 * rows);
    memcpy(tile + 4 * (1 + BLOCK_STEPS) * rows, correction, 4 * rows);
  }
  memcpy(tile, last, 4 * rows);
}

VECTOR void pack_whole(char *tile, const float *x, int32_t offset, size_t rows, size_t depth, size_t stride) {
  size_t steps = (depth + STEP - 1) / STEP;
  float scale[MOST_ROWS], inverse[MOST_ROWS];
  int32_t correction[MOST_ROWS];
  words sum[MOST_ROWS];
  for (size_t m = 0; m < rows; m++) {
    scale[m] = extent(x + m * stride, depth) / 127;
    inverse[m] = scale[m] > 0 ? 1 / scale[m] : 0;
    sum[m] = words_none();
  }
  for (size_t k = 0; k < depth; k += SOME) {
    size_t some = depth - k < SOME ? depth - k : SOME;
    uint32_t bytes[MOST_ROWS][SOME / 2];
    for (size_t m = 0; m < rows; m++)
      for (size_t j = 0; j < some; j += WIDTH)
        sum[m] = words_add(
            sum[m], round_some(bytes[m] + j / STEP, load_up_to(x + m * stride + k + j, some - j), vec_all(inverse[m])));
    put_words(tile + k * rows, bytes, rows, (some + STEP - 1) / STEP);
  }
  for (size_t m = 0; m < rows; m++) correction[m] = -offset * words_sum(sum[m]);
  memcpy(tile + STEP * steps * rows, scale, 4 * rows);
  memcpy(tile + STEP * (steps + 1) * rows, correction, 4 * rows);
}

VECTOR void pack_pairs(char *tile, const float *x, size_t rows, size_t depth, size_t stride) {
  for (size_t k = 0; k < depth; k += SOME) {
    size_t some = depth - k < SOME ? depth - k : SOME;
    uint32_t pairs[MOST_ROWS][SOME / 2];
    for (size_t m = 0; m < rows; m++) {
      pairs[m][(some - 1) / 2] = 0; /* an odd depth ends in half a word */
      for (size_t j = 0; j < some; j += WIDTH)
        vec_narrow(
            pairs[m] + j / 2, load_up_to(x + m * stride + k + j, some - j), LLAVA_BF16, some - j < WIDTH ? some - j : WIDTH);
    }
    put_words(tile + STEP * (k / 2) * rows, pairs, rows, (some + 1) / 2);
  }
}

/* A tile from front to back, whose rows take turns: so each of its lines is written while it is in the cache. */
KERNEL(pack_rows)(void *tiles, const float *x, llava_packing packing, size_t rows, size_t depth, size_t stride) {
  size_t most = llava_tile_rows(packing), size = llava_tile_row_bytes(packing, depth);
  for (size_t m = 0; m < rows; m += most) {
    size_t count = rows - m < most ? rows - m : most;
    char *tile = (char *)tiles + m * size;
    const float *from = x + m * stride;
    switch (packing) {
    case LLAVA_PACKED_BF16:
      pack_pairs(tile, from, count, depth, stride);
      break;
    case LLAVA_PACKED_INT8:
      pack_whole(tile, from, llava_offset(packing), count, depth, stride);
      break;
    case LLAVA_PACKED_Q8_0:
    case LLAVA_PACKED_Q4_0:
      pack_blocks(tile, from, packing, count, depth, stride);
      break;
    }
  }
}
