/* Norms and softmax of rows over any vector. A sum runs in WIDTH lanes along the row, then over the lanes. */
#include "exponential.h"
#include <math.h>

VECTOR float sum_of_squares(const float *x, float mean, size_t count) {
  vec sum = vec_all(0), middle = vec_all(mean);
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) {
    vec a = vec_subtract(vec_load(x + i), middle);
    sum = vec_fma(a, a, sum);
  }
  float total = vec_sum(sum);
  for (; i < count; i++) total += (x[i] - mean) * (x[i] - mean);
  return total;
}

KERNEL(rms_norm)(float *y, const float *x, const float *weight, float epsilon, size_t rows, size_t columns) {
  for (size_t m = 0; m < rows; m++, x += columns, y += columns) {
    float scale = 1 / sqrtf(sum_of_squares(x, 0, columns) / (float)columns + epsilon);
    size_t i = 0;
    for (; i + WIDTH <= columns; i += WIDTH)
      vec_store(y + i, vec_multiply(vec_multiply(vec_load(x + i), vec_all(scale)), vec_load(weight + i)));
    for (; i < columns; i++) y[i] = x[i] * scale * weight[i];
  }
}

KERNEL(layer_norm)(float *y, const float *x, const float *weight, const float *bias, float epsilon, size_t rows,
                   size_t columns) {
  for (size_t m = 0; m < rows; m++, x += columns, y += columns) {
    vec sum = vec_all(0);
    size_t i = 0;
    for (; i + WIDTH <= columns; i += WIDTH) sum = vec_add(sum, vec_load(x + i));
    float total = vec_sum(sum);
    for (; i < columns; i++) total += x[i];
    float mean = total / (float)columns;
    float scale = 1 / sqrtf(sum_of_squares(x, mean, columns) / (float)columns + epsilon);
    for (i = 0; i + WIDTH <= columns; i += WIDTH) {
      vec a = vec_multiply(vec_subtract(vec_load(x + i), vec_all(mean)), vec_all(scale));
      vec_store(y + i, vec_fma(a, vec_load(weight + i), vec_load(bias + i)));
    }
    for (; i < columns; i++) y[i] = fmaf((x[i] - mean) * scale, weight[i], bias[i]);
  }
}

KERNEL(softmax)(float *x, float scale, size_t rows, size_t columns) {
  for (size_t m = 0; m < rows; m++, x += columns) {
    vec most = vec_all(-INFINITY), sum = vec_all(0);
    size_t i = 0, whole = columns / WIDTH * WIDTH, left = columns - whole;
    for (; i < whole; i += WIDTH) most = vec_max(most, vec_load(x + i));
    float largest = vec_largest(most);
    for (; i < columns; i++) largest = fmaxf(largest, x[i]);

    for (i = 0; i < whole; i += WIDTH) {
      vec e = vec_exp(vec_multiply(vec_subtract(vec_load(x + i), vec_all(largest)), vec_all(scale)));
      vec_store(x + i, e);
      sum = vec_add(sum, e);
    }
    float total = vec_sum(sum);
    if (left) {
      vec rest = vec_load_part(x + whole, left);
      rest = vec_exp(vec_multiply(vec_subtract(rest, vec_all(largest)), vec_all(scale)));
      vec_store_part(x + whole, rest, left);
      for (i = whole; i < columns; i++) total += x[i];
    }

    float share = 1 / total;
    for (i = 0; i < whole; i += WIDTH) vec_store(x + i, vec_multiply(vec_load(x + i), vec_all(share)));
    for (; i < columns; i++) x[i] *= share;
  }
}
