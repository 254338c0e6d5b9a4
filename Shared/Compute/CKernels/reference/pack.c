/* Weights into panels, once when a model is loaded. */
#include "../levels.h"
#include "convert.h"
#include "packed.h"
#include <math.h>
#include <string.h>

size_t llava_packed_depth(llava_packing packing, size_t depth) {
  size_t unit = packing == LLAVA_PACKED_BF16 ? 2 : packing == LLAVA_PACKED_INT8 ? 4 : BLOCK;
  return (depth + unit - 1) / unit * unit;
}

size_t llava_panel_bytes(llava_packing packing, size_t depth) {
  size_t packed = llava_packed_depth(packing, depth), scales = llava_scales_bytes(packing, packed);
  switch (packing) {
  case LLAVA_PACKED_BF16:
    return scales + packed / 2 * STEP_BYTES;
  case LLAVA_PACKED_INT8:
  case LLAVA_PACKED_Q8_0:
    return scales + packed / 4 * STEP_BYTES;
  case LLAVA_PACKED_Q4_0:
    return scales + packed / BLOCK * Q4_BLOCK_BYTES;
  }
}

size_t llava_tile_rows(llava_packing packing) {
  return packing == LLAVA_PACKED_BF16 || packing == LLAVA_PACKED_INT8 ? SUM_TILE_ROWS : BLOCK_TILE_ROWS;
}

size_t llava_tile_row_bytes(llava_packing packing, size_t depth) {
  size_t packed = llava_packed_depth(packing, depth);
  switch (packing) {
  case LLAVA_PACKED_BF16:
    return packed / 2 * 4;
  case LLAVA_PACKED_INT8:
    return packed + 8; /* scale, correction */
  case LLAVA_PACKED_Q8_0:
  case LLAVA_PACKED_Q4_0:
    return (packed / BLOCK * TILE_BLOCK_WORDS + 1) * 4; /* and the last scale */
  }
}

/* A row widened, narrowed or in blocks, whichever the packing takes. */
static size_t row_bytes(llava_packing packing, size_t depth) {
  size_t packed = llava_packed_depth(packing, depth);
  switch (packing) {
  case LLAVA_PACKED_BF16:
    return 2 * packed;
  case LLAVA_PACKED_INT8:
    return packed;
  case LLAVA_PACKED_Q8_0:
    return packed / BLOCK * llava_block_bytes(LLAVA_Q8_0);
  case LLAVA_PACKED_Q4_0:
    return packed / BLOCK * llava_block_bytes(LLAVA_Q4_0);
  }
}

size_t llava_pack_scratch_bytes(llava_packing packing, size_t depth) {
  return llava_packed_depth(packing, depth) * 4 + OUTPUTS * row_bytes(packing, depth);
}

/* One row as the packing stores it, 128 above its value; returns its scale. */
static float int8_row(uint8_t *y, const float *x, size_t depth, size_t packed) {
  float most = 0;
  for (size_t k = 0; k < depth; k++) most = fmaxf(most, fabsf(x[k]));
  float factor = most > 0 ? 127 / most : 0;
  for (size_t k = 0; k < depth; k++) y[k] = (uint8_t)(128 + (int)nearbyintf(x[k] * factor));
  memset(y + depth, 128, packed - depth);
  return most / 127;
}

/* Words of four bytes of sixteen rows beside each other. */
static void interleave(uint8_t *y, const uint8_t *const *rows, size_t at, size_t steps) {
  for (size_t s = 0; s < steps; s++, y += STEP_BYTES)
    for (size_t n = 0; n < OUTPUTS; n++) memcpy(y + STEP * n, rows[n] + at + STEP * s, STEP);
}

static void pack_blocks(uint8_t *panel, const uint8_t *const *rows, llava_packing packing, size_t depth) {
  size_t size = llava_block_bytes(packing == LLAVA_PACKED_Q8_0 ? LLAVA_Q8_0 : LLAVA_Q4_0);
  size_t steps = packing == LLAVA_PACKED_Q8_0 ? BLOCK_STEPS : BLOCK_STEPS / 2;
  uint8_t *codes = panel + llava_scales_bytes(packing, depth);
  for (size_t b = 0; b < depth / BLOCK; b++, codes += steps * STEP_BYTES) {
    for (size_t n = 0; n < OUTPUTS; n++) memcpy(panel + b * SCALE_BYTES + 2 * n, rows[n] + b * size, 2);
    interleave(codes, rows, b * size + 2, steps);
    if (packing == LLAVA_PACKED_Q8_0)
      for (size_t i = 0; i < steps * STEP_BYTES; i++) codes[i] ^= 0x80; /* signed to 128 above */
  }
}

void llava_pack_panel(void *panel, const void *const *weights, llava_element type, llava_packing packing,
                      size_t outputs, size_t depth, void *scratch) {
  size_t packed = llava_packed_depth(packing, depth), size = row_bytes(packing, depth);
  float *wide = scratch;
  uint8_t *copies = (uint8_t *)(wide + packed);
  const uint8_t *rows[OUTPUTS];
  float scales[OUTPUTS] = {0};
  llava_element blocks = packing == LLAVA_PACKED_Q8_0 ? LLAVA_Q8_0 : LLAVA_Q4_0;
  for (size_t n = 0; n < OUTPUTS; n++) {
    uint8_t *copy = copies + n * size;
    rows[n] = copy;
    if (n >= outputs) {
      memset(copy, packing == LLAVA_PACKED_INT8 ? 128 : 0, size);
      continue;
    }
    if (packing >= LLAVA_PACKED_Q8_0 && type == blocks) {
      rows[n] = weights[n];
      continue;
    }
    llava_kernels_best()->widen(wide, weights[n], type, depth);
    memset(wide + depth, 0, (packed - depth) * sizeof(float));
    if (packing == LLAVA_PACKED_BF16)
      llava_kernels_best()->narrow(copy, wide, LLAVA_BF16, packed);
    else if (packing == LLAVA_PACKED_INT8)
      scales[n] = int8_row(copy, wide, depth, packed);
    else
      llava_quantize(copy, wide, blocks, packed);
  }
  if (packing == LLAVA_PACKED_BF16) return interleave(panel, rows, 0, packed / 2);
  if (packing >= LLAVA_PACKED_Q8_0) return pack_blocks(panel, rows, packing, packed);
  memcpy(panel, scales, sizeof scales);
  interleave((uint8_t *)panel + llava_scales_bytes(packing, packed), rows, 0, packed / 4);
}
