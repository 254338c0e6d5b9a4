/* Widening and narrowing of arrays over any vector. */
#include "../reference/convert.h"

VECTOR void widen_typed(float *y, const char *x, llava_element type, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) vec_store(y + i, vec_widen(x + 2 * i, type));
  if (i < count) vec_store_part(y + i, vec_widen_part(x + 2 * i, type, count - i), count - i);
}

VECTOR void narrow_typed(char *y, const float *x, llava_element type, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) vec_narrow(y + 2 * i, vec_load(x + i), type, WIDTH);
  if (i < count) vec_narrow(y + 2 * i, vec_load_part(x + i, count - i), type, count - i);
}

KERNEL(widen)(float *y, const void *x, llava_element type, size_t count) {
  switch (type) {
  case LLAVA_F32:
    memcpy(y, x, count * sizeof(float));
    return;
  case LLAVA_F16:
    return widen_typed(y, x, LLAVA_F16, count);
  case LLAVA_BF16:
    return widen_typed(y, x, LLAVA_BF16, count);
  default:
    return llava_widen_blocks(y, x, type, count);
  }
}

KERNEL(narrow)(void *y, const float *x, llava_element type, size_t count) {
  switch (type) {
  case LLAVA_F32:
    memcpy(y, x, count * sizeof(float));
    return;
  case LLAVA_F16:
    return narrow_typed(y, x, LLAVA_F16, count);
  case LLAVA_BF16:
    return narrow_typed(y, x, LLAVA_BF16, count);
  default:
    __builtin_unreachable(); /* blocks are made by a quantizer, which sees more than one number */
  }
}
