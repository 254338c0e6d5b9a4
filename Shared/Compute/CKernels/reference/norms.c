#include "../levels.h"
#include <math.h>

void llava_reference_rms_norm(float *y, const float *x, const float *weight, float epsilon, size_t rows,
                              size_t columns) {
  for (size_t m = 0; m < rows; m++, x += columns, y += columns) {
    double sum = 0;
    for (size_t i = 0; i < columns; i++) sum += (double)x[i] * x[i];
    float scale = 1 / sqrtf((float)(sum / (double)columns) + epsilon);
    for (size_t i = 0; i < columns; i++) y[i] = x[i] * scale * weight[i];
  }
}

void llava_reference_layer_norm(float *y, const float *x, const float *weight, const float *bias, float epsilon,
                                size_t rows, size_t columns) {
  for (size_t m = 0; m < rows; m++, x += columns, y += columns) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < columns; i++) sum += x[i];
    float mean = (float)(sum / (double)columns);
    for (size_t i = 0; i < columns; i++) squares += (double)(x[i] - mean) * (x[i] - mean);
    float scale = 1 / sqrtf((float)(squares / (double)columns) + epsilon);
    for (size_t i = 0; i < columns; i++) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
  }
}

void llava_reference_softmax(float *x, float scale, size_t rows, size_t columns) {
  for (size_t m = 0; m < rows; m++, x += columns) {
    float largest = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < columns; i++) largest = fmaxf(largest, x[i]);
    for (size_t i = 0; i < columns; i++) sum += x[i] = expf((x[i] - largest) * scale);
    for (size_t i = 0; i < columns; i++) x[i] = (float)(x[i] / sum);
  }
}
