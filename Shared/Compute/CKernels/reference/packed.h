/* Where things are in a panel and in a tile. Private to this module. */
#ifndef LLAVA_REFERENCE_PACKED_H
#define LLAVA_REFERENCE_PACKED_H

#include "../include/packed.h"

enum {
  OUTPUTS = LLAVA_PANEL_OUTPUTS,
  BLOCK = LLAVA_BLOCK,
  STEP = 4,                               /* bytes of an output, or of a row of inputs, in one step */
  STEP_BYTES = OUTPUTS * STEP,            /* of a panel */
  BLOCK_STEPS = BLOCK / STEP,             /* in Q8_0; Q4_0 has two in the nibbles of one */
  Q8_BLOCK_BYTES = BLOCK_STEPS * STEP_BYTES,
  Q4_BLOCK_BYTES = Q8_BLOCK_BYTES / 2,    /* step j in the lower nibbles of step j, step j + 4 in the upper ones */
  SCALE_BYTES = 2 * OUTPUTS,              /* a block's f16 scales */
  SUM_TILE_ROWS = 12,                     /* of a tile in BF16 and INT8 */
  BLOCK_TILE_ROWS = 6,                    /* in Q8_0 and Q4_0 */
  TILE_BLOCK_WORDS = BLOCK_STEPS + 2,     /* a ratio of scales, the steps, a correction: words of 4 bytes for each row */
};

/* A scale may fall to this part of the largest before it in its row, and not below: sums that are kept in units of the
 * last scale cannot overflow then, and what is rounded away is 2^-32 of the largest input. */
#define LLAVA_LEAST_RATIO 0x1p-24f

/* All scales of a panel come before its steps; this is where the steps begin. */
static inline size_t llava_scales_bytes(llava_packing packing, size_t depth) {
  if (packing == LLAVA_PACKED_BF16) return 0;
  if (packing == LLAVA_PACKED_INT8) return 4 * OUTPUTS;
  return (depth / BLOCK * SCALE_BYTES + 63) / 64 * 64;
}

/* Blocks of inputs that share a scale. Weights of 4 bits round so much more than inputs of 8 that they gain nothing from
 * finer ones, and each change of scale costs a product its time. */
static inline size_t llava_group_blocks(llava_packing packing) { return packing == LLAVA_PACKED_Q4_0 ? 4 : 1; }

/* The scale of a group of inputs of which `most` is the greatest magnitude, where the scale before was `last` and the
 * largest so far `*largest`. */
static inline float llava_next_scale(float most, float last, float *largest) {
  float scale = most / 127;
  if (scale == 0) scale = last;
  if (scale < *largest * LLAVA_LEAST_RATIO) scale = *largest * LLAVA_LEAST_RATIO;
  if (scale > *largest) *largest = scale;
  return scale;
}

/* What a whole number of a weight stands above its value. */
static inline int32_t llava_offset(llava_packing packing) { return packing == LLAVA_PACKED_Q4_0 ? 8 : 128; }

#endif
