#include "image_codecs.h"

static inline uint8_t rounded(int32_t sum) {
  const int32_t value = sum >> LLAVA_COEFFICIENT_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

void llava_resample_row(uint8_t *line, const uint8_t *source, size_t offset, const struct llava_taps *taps,
                        const int32_t *coefficients, const uint8_t *fill, size_t output_count) {
  const int32_t half = 1 << (LLAVA_COEFFICIENT_BITS - 1);
  for (size_t x = 0; x < output_count; x++) {
    const uint8_t *input = source + offset + (size_t)taps[x].first * 3;
    const int32_t *coefficient = coefficients + taps[x].start;
    int32_t red = half + taps[x].outside * fill[0];
    int32_t green = half + taps[x].outside * fill[1];
    int32_t blue = half + taps[x].outside * fill[2];
    for (int32_t i = 0; i < taps[x].count; i++) {
      red += coefficient[i] * input[i * 3];
      green += coefficient[i] * input[i * 3 + 1];
      blue += coefficient[i] * input[i * 3 + 2];
    }
    line[x * 3] = rounded(red);
    line[x * 3 + 1] = rounded(green);
    line[x * 3 + 2] = rounded(blue);
  }
}

void llava_accumulate_row(int32_t *sums, size_t offset, const uint8_t *restrict line, int32_t coefficient,
                          size_t count) {
  int32_t *restrict sum = sums + offset;
  for (size_t i = 0; i < count; i++) sum[i] += coefficient * line[i];
}

void llava_round_sums(uint8_t *restrict pixels, const int32_t *restrict sums, size_t count) {
  for (size_t i = 0; i < count; i++) pixels[i] = rounded(sums[i]);
}
