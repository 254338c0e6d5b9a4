/* Bits of the stored number types, for the reference and for the tails of its twins. */
#ifndef LLAVA_CONVERT_H
#define LLAVA_CONVERT_H

#include "kernels.h"
#include <string.h>

static inline size_t llava_element_size(llava_element type) { return type == LLAVA_F32 ? 4 : 2; }

/* Types in blocks widened, `count` whole blocks; shared by all levels. */
void llava_widen_blocks(float *y, const void *x, llava_element type, size_t count);

static inline uint32_t llava_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float llava_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#endif
