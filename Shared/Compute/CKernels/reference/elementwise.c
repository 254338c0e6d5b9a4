#include "../levels.h"

void llava_reference_add(float *y, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

void llava_reference_add_bias(float *y, const float *bias, size_t rows, size_t columns, size_t stride) {
  for (size_t m = 0; m < rows; m++)
    for (size_t n = 0; n < columns; n++) y[m * stride + n] += bias[n];
}

void llava_reference_rotate(float *x, const float *cosine, const float *sine, size_t heads, size_t half) {
  for (size_t h = 0; h < heads; h++, x += 2 * half)
    for (size_t i = 0; i < half; i++) {
      float a = x[i], b = x[i + half];
      x[i] = a * cosine[i] - b * sine[i];
      x[i + half] = b * cosine[i] + a * sine[i];
    }
}
