#include "../levels.h"
#include <math.h>

void llava_reference_swish(float *y, const float *x, float beta, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = x[i] / (1 + expf(-beta * x[i]));
}

void llava_reference_gated_silu(float *y, const float *gate, const float *up, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

void llava_reference_gelu(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1 + erff(x[i] * 0x1.6a09e6p-1f));
}

void llava_reference_gelu_tanh(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float u = 0x1.988454p-1f * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
    y[i] = 0.5f * x[i] * (1 + tanhf(u));
  }
}
