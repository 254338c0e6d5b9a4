#include "../levels.h"
#include "convert.h"
#include <math.h>

enum { LANES = 16 };

static float element(const void *w, llava_element type, size_t index) {
  float value;
  llava_reference_widen(&value, (const char *)w + index * llava_element_size(type), type, 1);
  return value;
}

static float dot(const float *x, const void *w, llava_element type, size_t row, size_t depth) {
  float sum[LANES] = {0};
  for (size_t k = 0; k < depth; k++) sum[k % LANES] = fmaf(x[k], element(w, type, row * depth + k), sum[k % LANES]);
  for (size_t half = LANES / 2; half > 0; half /= 2)
    for (size_t j = 0; j < half; j++) sum[j] += sum[j + half];
  return sum[0];
}

void llava_reference_product(float *y, const float *x, const void *w, llava_element type, size_t rows, size_t outputs,
                             size_t depth, size_t stride) {
  for (size_t m = 0; m < rows; m++)
    for (size_t n = 0; n < outputs; n++) y[m * stride + n] = dot(x + m * depth, w, type, n, depth);
}
