#include "convert.h"
#include "../levels.h"

static float from_f16(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 31) return llava_float(sign | 0x7f800000 | (fraction ? 0x400000 : 0) | fraction << 13);
  if (exponent == 0) {
    float value = (float)fraction * 0x1p-24f; /* subnormal: exact */
    return sign ? -value : value;
  }
  return llava_float(sign | (exponent + 112) << 23 | fraction << 13);
}

static uint16_t to_f16(float value) {
  uint32_t bits = llava_bits(value), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (size >> 13 & 0x3ff)); /* NaN, made quiet */
  if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00);                       /* 65520 and above: infinity */
  if (size < 0x38800000) {                                                        /* below 2^-14: subnormal */
    /* adding 1/2 puts the unit of a subnormal half, 2^-24, at the last place of the sum: the FPU rounds */
    return (uint16_t)(sign | (llava_bits(llava_float(size) + 0.5f) - llava_bits(0.5f)));
  }
  uint32_t odd = size >> 13 & 1;
  return (uint16_t)(sign | ((size - 0x38000000 + 0xfff + odd) >> 13));
}

static uint16_t to_bf16(float value) {
  uint32_t bits = llava_bits(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40); /* NaN, made quiet */
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void llava_reference_widen(float *y, const void *x, llava_element type, size_t count) {
  if (type == LLAVA_F32) {
    memcpy(y, x, count * sizeof(float));
    return;
  }
  if (llava_block_elements(type) > 1) return llava_widen_blocks(y, x, type, count);
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, (const char *)x + 2 * i, sizeof half);
    y[i] = type == LLAVA_F16 ? from_f16(half) : llava_float((uint32_t)half << 16);
  }
}

void llava_reference_narrow(void *y, const float *x, llava_element type, size_t count) {
  if (type == LLAVA_F32) {
    memcpy(y, x, count * sizeof(float));
    return;
  }
  for (size_t i = 0; i < count; i++) {
    uint16_t half = type == LLAVA_F16 ? to_f16(x[i]) : to_bf16(x[i]);
    memcpy((char *)y + 2 * i, &half, sizeof half);
  }
}
