/*
 * Products of packed weights with packed inputs: how both are laid out, and what is computed.
 *
 * Weights lie in panels of sixteen outputs, which are the lanes of a vector; along the depth they go in steps of four
 * bytes for each output: two bf16, or four whole numbers. Inputs lie in tiles of a few rows, in the same steps, so that
 * a product reads both from front to back. A panel or tile is packed once and read many times.
 *
 * Whole numbers are stored as they are multiplied: weights unsigned, 128 (in Q4_0: 8) above their value; inputs signed,
 * with a correction for each sum, -128 (-8) times the sum of the inputs. So a sum of products of whole numbers is exact.
 */
#ifndef LLAVA_PACKED_H
#define LLAVA_PACKED_H

#include "element.h"

enum {
  LLAVA_PANEL_OUTPUTS = 16,
  LLAVA_BLOCK = 32, /* numbers that share a scale in Q8_0 and Q4_0 */
};

typedef enum llava_packing {
  /* Weights and inputs in bf16, sums in f32. */
  LLAVA_PACKED_BF16,
  /* One scale for each output, one for each row of inputs; sums are whole numbers over the whole depth. */
  LLAVA_PACKED_INT8,
  /* ggml's blocks, exactly; inputs in blocks of 32 as well, with a scale for each, and for Q4_0 for each four. */
  LLAVA_PACKED_Q8_0,
  LLAVA_PACKED_Q4_0,
} llava_packing;

/* The depth with what a whole number of steps, or blocks, adds. */
size_t llava_packed_depth(llava_packing packing, size_t depth);
/* Bytes of a panel, a multiple of 64. Panels begin at multiples of 64. */
size_t llava_panel_bytes(llava_packing packing, size_t depth);
/* Rows of a tile; the last one may have fewer, and lies at the same place as if it had all. */
size_t llava_tile_rows(llava_packing packing);
/* Bytes of each row of a tile. */
size_t llava_tile_row_bytes(llava_packing packing, size_t depth);

/* Bytes of scratch that llava_pack_panel needs. */
size_t llava_pack_scratch_bytes(llava_packing packing, size_t depth);
/* Packs up to sixteen outputs: row i of the weights is rows[i], `depth` numbers of `type`. Outputs that are missing are
 * zero. Q8_0 and Q4_0 are taken as they are where `type` is the same, and quantized as llava_quantize does otherwise;
 * their depth is a multiple of 32. One implementation, not in the tables: it runs once for each weight. */
void llava_pack_panel(void *panel, const void *const *rows, llava_element type, llava_packing packing, size_t outputs,
                      size_t depth, void *scratch);

/* Bytes of scratch that a product needs. */
size_t llava_product_scratch_bytes(size_t depth);

#endif
