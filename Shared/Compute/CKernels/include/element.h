/* How stored numbers are written, and how blocks of them are made. */
#ifndef LLAVA_ELEMENT_H
#define LLAVA_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Each number by itself, or in blocks that share a scale, as ggml defines them. */
typedef enum llava_element {
  LLAVA_F32,
  LLAVA_F16,
  LLAVA_BF16,
  LLAVA_Q8_0,
  LLAVA_Q4_0,
  LLAVA_Q4_1,
  LLAVA_Q5_0,
  LLAVA_Q5_1,
  LLAVA_Q4_K,
  LLAVA_Q5_K,
  LLAVA_Q6_K,
} llava_element;

/* Numbers in a block, and its bytes; for a plain type 1, and the number's bytes. */
size_t llava_block_elements(llava_element type);
size_t llava_block_bytes(llava_element type);

/* The index of the first number that is infinite or none at all, or `count`; of a block, whose scale it is. */
size_t llava_first_not_finite(const void *x, llava_element type, size_t count);

/* Blocks of `type` from x, `count` whole blocks, as ggml's quantize_row_*_ref gives them; each operation is rounded by
 * itself, never fused. One implementation, not in the tables: files are made by it, not results. Only for the types
 * that llava_can_quantize names (Q8_0, Q4_0, Q4_1, Q5_0, Q5_1). A NaN takes the lowest level. */
bool llava_can_quantize(llava_element type);
void llava_quantize(void *y, const float *x, llava_element type, size_t count);

#endif
