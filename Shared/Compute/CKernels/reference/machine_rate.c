#include "../levels.h"
#include <math.h>
#include <string.h>

enum { CHAINS = 8 };

/* Portable C has no dot products. */
void llava_reference_multiply_adds(double *count, llava_arithmetic arithmetic, size_t steps) {
  *count = 0;
  if (arithmetic != LLAVA_FP32_FMA) return;
  volatile float hidden = 1;
  float sums[CHAINS] = {0}, one = hidden;
  for (size_t s = 0; s < steps; s++)
    for (int c = 0; c < CHAINS; c++) sums[c] = fmaf(one, one, sums[c]);
  for (int c = 0; c < CHAINS; c++) *count += sums[c];
}

void llava_reference_read_words(uint32_t *sum, const void *x, size_t count) {
  uint32_t all = 0, word;
  for (size_t i = 0; i < count; i++) {
    memcpy(&word, (const char *)x + 4 * i, 4);
    all += word;
  }
  *sum = all;
}
