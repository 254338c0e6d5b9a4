/* Weights that cannot be: what is not a number spreads to every answer. */
#include "../levels.h"
#include "convert.h"

static size_t plain(const uint8_t *x, llava_element type, size_t count) {
  enum { STRIDE = 4096 /* numbers that are looked at together, in a loop without a branch */ };
  for (size_t start = 0; start < count; start += STRIDE) {
    size_t some = count - start < STRIDE ? count - start : STRIDE;
    int found = 0;
    if (type == LLAVA_F32) {
      for (size_t i = 0; i < some; i++) {
        uint32_t bits;
        memcpy(&bits, x + 4 * (start + i), sizeof bits);
        found |= (bits & 0x7f800000) == 0x7f800000;
      }
    } else {
      uint16_t exponent = type == LLAVA_F16 ? 0x7c00 : 0x7f80;
      for (size_t i = 0; i < some; i++) {
        uint16_t bits;
        memcpy(&bits, x + 2 * (start + i), sizeof bits);
        found |= (bits & exponent) == exponent;
      }
    }
    if (!found) continue;
    for (size_t i = 0; i < some; i++) {
      float value;
      llava_reference_widen(&value, x + (start + i) * llava_element_size(type), type, 1);
      if ((llava_bits(value) & 0x7f800000) == 0x7f800000) return start + i;
    }
  }
  return count;
}

/* Where in a block its halves lie: the scale, and the scale of minima or the minimum where there is one. */
static void scales(int *first, int *count, llava_element type) {
  *first = type == LLAVA_Q6_K ? (int)llava_block_bytes(type) - 2 : 0;
  *count = type == LLAVA_Q8_0 || type == LLAVA_Q4_0 || type == LLAVA_Q5_0 || type == LLAVA_Q6_K ? 1 : 2;
}

size_t llava_first_not_finite(const void *x, llava_element type, size_t count) {
  size_t elements = llava_block_elements(type), bytes = llava_block_bytes(type);
  if (elements == 1) return plain(x, type, count);
  int first, halves;
  scales(&first, &halves, type);
  for (size_t block = 0; block < count / elements; block++)
    if (plain((const uint8_t *)x + block * bytes + first, LLAVA_F16, (size_t)halves) < (size_t)halves)
      return block * elements;
  return count;
}
