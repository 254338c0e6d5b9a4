/* ggml's blocks made from numbers, as the quantize_row_*_ref of ggml-quants.c define them. */
#include "../levels.h"
#include "convert.h"
#include <float.h>
#include <math.h>

/* A fused multiply-add would give other bits than the definition. */
#pragma STDC FP_CONTRACT OFF

enum { SMALL = 32 };

static void put_half(uint8_t *y, float value) { llava_reference_narrow(y, &value, LLAVA_F16, 1); }

static float reciprocal(float d) { return d != 0 ? 1 / d : 0; }

/* `value` cut off to 0...greatest; 0 for a NaN, of which the definition says nothing. */
static uint8_t level(float value, int greatest) {
  if (!(value > 0)) return 0;
  return value < (float)greatest ? (uint8_t)value : (uint8_t)greatest;
}

/* The number furthest from zero, the first of equals; +0 where there is none. */
static float extreme(const float *x) {
  float size = 0, value = 0;
  for (int j = 0; j < SMALL; j++) {
    if (size < fabsf(x[j])) {
      size = fabsf(x[j]);
      value = x[j];
    }
  }
  return value;
}

static void bounds(float *least, float *most, const float *x) {
  *least = FLT_MAX;
  *most = -FLT_MAX;
  for (int j = 0; j < SMALL; j++) {
    if (x[j] < *least) *least = x[j];
    if (x[j] > *most) *most = x[j];
  }
}

/* Number j and number j + 16 share byte j. */
static void put_nibbles(uint8_t *y, const uint8_t *levels) {
  for (int j = 0; j < SMALL / 2; j++) y[j] = (uint8_t)((levels[j] & 15) | (levels[j + SMALL / 2] & 15) << 4);
}

static void put_fifth_bits(uint8_t *y, const uint8_t *levels) {
  for (int i = 0; i < 4; i++) y[i] = 0;
  for (int j = 0; j < SMALL; j++) y[j / 8] |= (uint8_t)((levels[j] >> 4 & 1) << j % 8);
}

static void q8_0(uint8_t *y, const float *x) {
  float d = fabsf(extreme(x)) / 127, factor = reciprocal(d);
  put_half(y, d);
  for (int j = 0; j < SMALL; j++) {
    float value = roundf(x[j] * factor); /* halves away from zero */
    y[2 + j] = (uint8_t)(value < 0 ? -level(-value, 127) : level(value, 127));
  }
}

/* Levels around the middle one: the number furthest from zero becomes level 0, whatever its sign. */
static void centered(uint8_t *levels, uint8_t *scale, const float *x, int middle) {
  float d = extreme(x) / (float)-middle, factor = reciprocal(d);
  put_half(scale, d);
  for (int j = 0; j < SMALL; j++) levels[j] = level(x[j] * factor + ((float)middle + 0.5f), 2 * middle - 1);
}

/* Levels from the least number up to the greatest. */
static void ranged(uint8_t *levels, uint8_t *scale, const float *x, int greatest) {
  float least, most;
  bounds(&least, &most, x);
  float d = (most - least) / (float)greatest, factor = reciprocal(d);
  put_half(scale, d);
  put_half(scale + 2, least);
  for (int j = 0; j < SMALL; j++) levels[j] = level((x[j] - least) * factor + 0.5f, greatest);
}

static void q4_0(uint8_t *y, const float *x) {
  uint8_t levels[SMALL];
  centered(levels, y, x, 8);
  put_nibbles(y + 2, levels);
}

static void q4_1(uint8_t *y, const float *x) {
  uint8_t levels[SMALL];
  ranged(levels, y, x, 15);
  put_nibbles(y + 4, levels);
}

static void q5_0(uint8_t *y, const float *x) {
  uint8_t levels[SMALL];
  centered(levels, y, x, 16);
  put_fifth_bits(y + 2, levels);
  put_nibbles(y + 6, levels);
}

static void q5_1(uint8_t *y, const float *x) {
  uint8_t levels[SMALL];
  ranged(levels, y, x, 31);
  put_fifth_bits(y + 4, levels);
  put_nibbles(y + 8, levels);
}

typedef void (*quantizer)(uint8_t *, const float *);

static quantizer quantizer_of(llava_element type) {
  switch (type) {
  case LLAVA_Q8_0:
    return q8_0;
  case LLAVA_Q4_0:
    return q4_0;
  case LLAVA_Q4_1:
    return q4_1;
  case LLAVA_Q5_0:
    return q5_0;
  case LLAVA_Q5_1:
    return q5_1;
  case LLAVA_F32:
  case LLAVA_F16:
  case LLAVA_BF16:
  case LLAVA_Q4_K:
  case LLAVA_Q5_K:
  case LLAVA_Q6_K:
    return NULL;
  }
}

bool llava_can_quantize(llava_element type) { return quantizer_of(type) != NULL; }

void llava_quantize(void *y, const float *x, llava_element type, size_t count) {
  quantizer quantize = quantizer_of(type);
  size_t bytes = llava_block_bytes(type);
  for (size_t block = 0; block < count / SMALL; block++) quantize((uint8_t *)y + block * bytes, x + block * SMALL);
}
