/* What packed products are, number by number. */
#include "../levels.h"
#include "convert.h"
#include "packed.h"
#include <math.h>
#include <string.h>

static void put(void *tile, size_t word, const void *value) { memcpy((char *)tile + 4 * word, value, 4); }

static float float_at(const void *x, size_t word) {
  float value;
  memcpy(&value, (const char *)x + 4 * word, 4);
  return value;
}

static int32_t int_at(const void *x, size_t word) {
  int32_t value;
  memcpy(&value, (const char *)x + 4 * word, 4);
  return value;
}

/* The greatest magnitude; NaN is greater than all. */
static float extent(const float *x, size_t count) {
  float most = 0;
  for (size_t k = 0; k < count && !isnan(most); k++)
    if (!(fabsf(x[k]) <= most)) most = fabsf(x[k]);
  return most;
}

/* The numbers as whole multiples of the scale, in words of four; returns their sum. */
static int32_t round_all(uint32_t *words, const float *x, float scale, size_t count) {
  float inverse = scale > 0 ? 1 / scale : 0;
  int32_t sum = 0;
  memset(words, 0, (count + 3) / 4 * 4);
  for (size_t k = 0; k < count; k++) {
    float code = nearbyintf(x[k] * inverse);
    code = code > -127 ? code : -127;
    code = code < 127 ? code : 127;
    words[k / 4] |= (uint32_t)(uint8_t)(int8_t)code << k % 4 * 8;
    sum += (int32_t)code;
  }
  return sum;
}

static void pack_blocks(void *tile, const float *x, llava_packing packing, size_t rows, size_t row, size_t depth) {
  float last = 1, largest = 0;
  size_t count = depth / BLOCK, group = llava_group_blocks(packing);
  for (size_t b = 0; b < count; b++, x += BLOCK) {
    float scale = last;
    if (b % group == 0)
      scale = llava_next_scale(extent(x, (count - b < group ? count - b : group) * BLOCK), last, &largest);
    float ratio = b == 0 ? 1 : last / scale;
    uint32_t words[BLOCK_STEPS];
    int32_t correction = -llava_offset(packing) * round_all(words, x, scale, BLOCK);
    size_t word = b * TILE_BLOCK_WORDS * rows + row;
    put(tile, word, &ratio);
    for (size_t s = 0; s < BLOCK_STEPS; s++) put(tile, word + (1 + s) * rows, &words[s]);
    put(tile, word + (1 + BLOCK_STEPS) * rows, &correction);
    last = scale;
  }
  put(tile, depth / BLOCK * TILE_BLOCK_WORDS * rows + row, &last);
}

static void pack_row(void *tile, const float *x, llava_packing packing, size_t rows, size_t row, size_t depth) {
  if (packing >= LLAVA_PACKED_Q8_0) return pack_blocks(tile, x, packing, rows, row, depth);
  size_t packed = llava_packed_depth(packing, depth);
  if (packing == LLAVA_PACKED_BF16) {
    for (size_t s = 0; s < packed / 2; s++) {
      uint16_t pair[2] = {0};
      llava_reference_narrow(pair, x + 2 * s, LLAVA_BF16, depth - 2 * s < 2 ? 1 : 2);
      put(tile, s * rows + row, pair);
    }
    return;
  }
  float scale = extent(x, depth) / 127;
  int32_t sum = 0;
  for (size_t s = 0; s < packed / 4; s++) {
    uint32_t word;
    sum += round_all(&word, x + 4 * s, scale, depth - 4 * s < 4 ? depth - 4 * s : 4);
    put(tile, s * rows + row, &word);
  }
  int32_t correction = -llava_offset(packing) * sum;
  put(tile, packed / 4 * rows + row, &scale);
  put(tile, (packed / 4 + 1) * rows + row, &correction);
}

void llava_reference_pack_rows(void *tiles, const float *x, llava_packing packing, size_t rows, size_t depth,
                               size_t stride) {
  size_t most = llava_tile_rows(packing), size = llava_tile_row_bytes(packing, depth);
  for (size_t m = 0; m < rows; m++) {
    size_t first = m / most * most, count = rows - first < most ? rows - first : most;
    pack_row((char *)tiles + first * size, x + m * stride, packing, count, m - first, depth);
  }
}

static float bf16_dot(const char *tile, const uint8_t *panel, size_t rows, size_t row, size_t output, size_t depth) {
  float sum = 0;
  for (size_t s = 0; s < depth / 2; s++) {
    float a[2], b[2];
    llava_reference_widen(a, tile + 4 * (s * rows + row), LLAVA_BF16, 2);
    llava_reference_widen(b, panel + s * STEP_BYTES + STEP * output, LLAVA_BF16, 2);
    sum = fmaf(a[0], b[0], sum);
    sum = fmaf(a[1], b[1], sum);
  }
  return sum;
}

static int32_t step_dot(uint32_t inputs, const uint8_t *weights, int shift, int mask) {
  int32_t sum = 0;
  for (int i = 0; i < STEP; i++) sum += (int8_t)(inputs >> 8 * i) * (weights[i] >> shift & mask);
  return sum;
}

static float int8_dot(const char *tile, const uint8_t *panel, size_t rows, size_t row, size_t output, size_t depth) {
  size_t steps = depth / 4;
  int32_t sum = int_at(tile, (steps + 1) * rows + row);
  for (size_t s = 0; s < steps; s++)
    sum += step_dot((uint32_t)int_at(tile, s * rows + row), panel + 4 * OUTPUTS + s * STEP_BYTES + STEP * output, 0, 255);
  return (float)sum * (float_at(tile, steps * rows + row) * float_at(panel, output));
}

static float block_dot(const char *tile, const uint8_t *panel, llava_packing packing, size_t rows, size_t row,
                       size_t output, size_t depth) {
  const uint8_t *codes = panel + llava_scales_bytes(packing, depth) + STEP * output;
  float total = 0;
  for (size_t b = 0; b < depth / BLOCK; b++) {
    size_t word = b * TILE_BLOCK_WORDS * rows + row;
    int32_t sum = int_at(tile, word + (1 + BLOCK_STEPS) * rows);
    for (size_t s = 0; s < BLOCK_STEPS; s++) {
      uint32_t inputs = (uint32_t)int_at(tile, word + (1 + s) * rows);
      if (packing == LLAVA_PACKED_Q8_0)
        sum += step_dot(inputs, codes + b * Q8_BLOCK_BYTES + s * STEP_BYTES, 0, 255);
      else
        sum += step_dot(inputs, codes + b * Q4_BLOCK_BYTES + s % 4 * STEP_BYTES, s < 4 ? 0 : 4, 15);
    }
    float scale;
    llava_reference_widen(&scale, panel + b * SCALE_BYTES + 2 * output, LLAVA_F16, 1);
    total = fmaf((float)sum, scale, total * float_at(tile, word));
  }
  return total * float_at(tile, depth / BLOCK * TILE_BLOCK_WORDS * rows + row);
}

void llava_reference_packed_product(float *y, const void *tiles, const void *panels, llava_packing packing,
                                    const float *bias, size_t rows, size_t outputs, size_t depth, size_t stride,
                                    void *scratch) {
  (void)scratch;
  size_t most = llava_tile_rows(packing), size = llava_tile_row_bytes(packing, depth);
  size_t packed = llava_packed_depth(packing, depth), panel_bytes = llava_panel_bytes(packing, depth);
  for (size_t m = 0; m < rows; m++) {
    size_t first = m / most * most, count = rows - first < most ? rows - first : most, row = m - first;
    const char *tile = (const char *)tiles + first * size;
    for (size_t n = 0; n < outputs; n++) {
      const uint8_t *panel = (const uint8_t *)panels + n / OUTPUTS * panel_bytes;
      size_t output = n % OUTPUTS;
      float value = packing == LLAVA_PACKED_BF16   ? bf16_dot(tile, panel, count, row, output, packed)
                    : packing == LLAVA_PACKED_INT8 ? int8_dot(tile, panel, count, row, output, packed)
                                                   : block_dot(tile, panel, packing, count, row, output, packed);
      y[m * stride + n] = bias ? value + bias[n] : value;
    }
  }
}
