/* ggml's blocks (ggml-common.h, ggml-quants.c), widened number by number in the order of their definition. */
#include "../levels.h"
#include "convert.h"

/* A fused multiply-add would give other bits than the definition. */
#pragma STDC FP_CONTRACT OFF

enum { SMALL = 32, SUPER = 256 };

size_t llava_block_elements(llava_element type) {
  switch (type) {
  case LLAVA_F32:
  case LLAVA_F16:
  case LLAVA_BF16:
    return 1;
  case LLAVA_Q8_0:
  case LLAVA_Q4_0:
  case LLAVA_Q4_1:
  case LLAVA_Q5_0:
  case LLAVA_Q5_1:
    return SMALL;
  case LLAVA_Q4_K:
  case LLAVA_Q5_K:
  case LLAVA_Q6_K:
    return SUPER;
  }
}

size_t llava_block_bytes(llava_element type) {
  switch (type) {
  case LLAVA_F32:
    return 4;
  case LLAVA_F16:
  case LLAVA_BF16:
    return 2;
  case LLAVA_Q8_0:
    return 2 + SMALL; /* scale, bytes */
  case LLAVA_Q4_0:
    return 2 + SMALL / 2; /* scale, nibbles */
  case LLAVA_Q4_1:
    return 4 + SMALL / 2; /* scale, minimum, nibbles */
  case LLAVA_Q5_0:
    return 2 + 4 + SMALL / 2; /* scale, fifth bits, nibbles */
  case LLAVA_Q5_1:
    return 4 + 4 + SMALL / 2; /* scale, minimum, fifth bits, nibbles */
  case LLAVA_Q4_K:
    return 4 + 12 + SUPER / 2; /* scale of scales, of minima; 8 of each in 6 bits; nibbles */
  case LLAVA_Q5_K:
    return 4 + 12 + SUPER / 8 + SUPER / 2; /* the same, fifth bits before the nibbles */
  case LLAVA_Q6_K:
    return SUPER / 2 + SUPER / 4 + SUPER / 16 + 2; /* nibbles, upper two bits, 16 scales, scale of scales */
  }
}

static float half_at(const uint8_t *x) {
  float value;
  llava_reference_widen(&value, x, LLAVA_F16, 1);
  return value;
}

static uint32_t word_at(const uint8_t *x) {
  return (uint32_t)x[0] | (uint32_t)x[1] << 8 | (uint32_t)x[2] << 16 | (uint32_t)x[3] << 24;
}

static void q8_0(float *y, const uint8_t *x) {
  float d = half_at(x);
  for (int j = 0; j < SMALL; j++) y[j] = (float)(int8_t)x[2 + j] * d;
}

static void q4_0(float *y, const uint8_t *x) {
  float d = half_at(x);
  for (int j = 0; j < SMALL / 2; j++) {
    y[j] = (float)((x[2 + j] & 15) - 8) * d;
    y[j + SMALL / 2] = (float)((x[2 + j] >> 4) - 8) * d;
  }
}

static void q4_1(float *y, const uint8_t *x) {
  float d = half_at(x), m = half_at(x + 2);
  for (int j = 0; j < SMALL / 2; j++) {
    y[j] = (float)(x[4 + j] & 15) * d + m;
    y[j + SMALL / 2] = (float)(x[4 + j] >> 4) * d + m;
  }
}

/* Number `j` of a block whose nibbles lie two to a byte and whose fifth bits are those of `high`. */
static int five_bits(const uint8_t *nibbles, uint32_t high, int j) {
  int low = j < SMALL / 2 ? nibbles[j] & 15 : nibbles[j - SMALL / 2] >> 4;
  return low | (int)(high >> j & 1) << 4;
}

static void q5_0(float *y, const uint8_t *x) {
  float d = half_at(x);
  uint32_t high = word_at(x + 2);
  for (int j = 0; j < SMALL; j++) y[j] = (float)(five_bits(x + 6, high, j) - 16) * d;
}

static void q5_1(float *y, const uint8_t *x) {
  float d = half_at(x), m = half_at(x + 2);
  uint32_t high = word_at(x + 4);
  for (int j = 0; j < SMALL; j++) y[j] = (float)five_bits(x + 8, high, j) * d + m;
}

/* Scale and minimum `j` of 8, of six bits each in twelve bytes. */
static void six_bits(int *scale, int *minimum, const uint8_t *x, int j) {
  if (j < 4) {
    *scale = x[j] & 63;
    *minimum = x[j + 4] & 63;
  } else {
    *scale = (x[j + 4] & 15) | x[j - 4] >> 6 << 4;
    *minimum = x[j + 4] >> 4 | x[j] >> 6 << 4;
  }
}

/* Q4_K, and Q5_K where `high` is its fifth bits: eight groups of 32 numbers, two groups to 32 bytes of nibbles. */
static void scaled_groups(float *y, const uint8_t *x, const uint8_t *high, const uint8_t *nibbles) {
  float d = half_at(x), least = half_at(x + 2);
  for (int group = 0; group < 8; group++) {
    int scale, minimum;
    six_bits(&scale, &minimum, x + 4, group);
    float d1 = d * (float)scale, m1 = least * (float)minimum;
    for (int l = 0; l < 32; l++) {
      uint8_t byte = nibbles[group / 2 * 32 + l];
      int q = group % 2 ? byte >> 4 : byte & 15;
      if (high && high[l] >> group & 1) q += 16;
      y[group * 32 + l] = d1 * (float)q - m1;
    }
  }
}

static void q4_k(float *y, const uint8_t *x) { scaled_groups(y, x, NULL, x + 16); }

static void q5_k(float *y, const uint8_t *x) { scaled_groups(y, x, x + 16, x + 16 + SUPER / 8); }

static void q6_k(float *y, const uint8_t *x) {
  const uint8_t *low = x, *high = x + SUPER / 2;
  const int8_t *scales = (const int8_t *)high + SUPER / 4;
  float d = half_at(x + SUPER / 2 + SUPER / 4 + SUPER / 16);
  for (int i = 0; i < SUPER; i++) {
    /* Halves of 128 numbers; in each, quarters of 32 share bytes: nibbles by two, upper bits by four. */
    int half = i / 128, quarter = i / 32 % 4, l = i % 32;
    uint8_t nibbles = low[half * 64 + quarter % 2 * 32 + l];
    int q = quarter < 2 ? nibbles & 15 : nibbles >> 4;
    q |= (high[half * 32 + l] >> 2 * quarter & 3) << 4;
    y[i] = d * (float)scales[i / 16] * (float)(q - 32);
  }
}

void llava_widen_blocks(float *y, const void *x, llava_element type, size_t count) {
  static void (*const widen[])(float *, const uint8_t *) = {
      [LLAVA_Q8_0] = q8_0, [LLAVA_Q4_0] = q4_0, [LLAVA_Q4_1] = q4_1, [LLAVA_Q5_0] = q5_0,
      [LLAVA_Q5_1] = q5_1, [LLAVA_Q4_K] = q4_k, [LLAVA_Q5_K] = q5_k, [LLAVA_Q6_K] = q6_k,
  };
  size_t elements = llava_block_elements(type), bytes = llava_block_bytes(type);
  for (size_t block = 0; block < count / elements; block++)
    widen[type](y + block * elements, (const uint8_t *)x + block * bytes);
}
