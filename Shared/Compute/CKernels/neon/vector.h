#if defined(__aarch64__)
/* The vector of this level: four lanes. What vector/ is written in. */
#ifndef LLAVA_VECTOR_H
#define LLAVA_VECTOR_H

#include "../levels.h"
#include <arm_neon.h>
#include <string.h>

#ifndef TARGET /* dotprod/ and i8mm/ have all of this, and more instructions */
#define TARGET
#define KERNEL(name) void llava_neon_##name
#endif
#define VECTOR static inline __attribute__((always_inline)) TARGET

#define UNROLLED _Pragma("clang loop unroll(full)")
#define IN_REGISTER "+w"

enum { WIDTH = 4 };
typedef float32x4_t vec;

VECTOR vec vec_all(float value) { return vdupq_n_f32(value); }
VECTOR vec vec_load(const float *p) { return vld1q_f32(p); }
VECTOR vec vec_load_part(const float *p, size_t count) {
  if (count >= WIDTH) return vec_load(p);
  float lanes[WIDTH] = {0};
  for (size_t i = 0; i < count; i++) lanes[i] = p[i];
  return vec_load(lanes);
}
VECTOR void vec_store(float *p, vec a) { vst1q_f32(p, a); }
VECTOR void vec_store_part(float *p, vec a, size_t count) {
  if (count >= WIDTH) return vec_store(p, a);
  float lanes[WIDTH];
  vec_store(lanes, a);
  for (size_t i = 0; i < count; i++) p[i] = lanes[i];
}
VECTOR vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
VECTOR vec vec_subtract(vec a, vec b) { return vsubq_f32(a, b); }
VECTOR vec vec_multiply(vec a, vec b) { return vmulq_f32(a, b); }
VECTOR vec vec_divide(vec a, vec b) { return vdivq_f32(a, b); }
VECTOR vec vec_max(vec a, vec b) { return vbslq_f32(vcgtq_f32(a, b), a, b); } /* b where either is NaN */
VECTOR vec vec_min(vec a, vec b) { return vbslq_f32(vcltq_f32(a, b), a, b); } /* b where either is NaN */
VECTOR vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
VECTOR vec vec_round(vec a) { return vrndnq_f32(a); }
VECTOR vec vec_scale_by_power(vec a, vec exponent) { /* exponent in -126 ... 127 */
  int32x4_t power = vaddq_s32(vcvtnq_s32_f32(exponent), vdupq_n_s32(127));
  return vmulq_f32(a, vreinterpretq_f32_s32(vshlq_n_s32(power, 23)));
}
VECTOR vec vec_if_less(vec a, vec b, vec yes, vec no) { return vbslq_f32(vcltq_f32(a, b), yes, no); }
VECTOR vec vec_and(vec a, vec b) {
  return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(b)));
}
VECTOR vec vec_or(vec a, vec b) {
  return vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(b)));
}

VECTOR float vec_largest(vec a) { return vmaxvq_f32(a); }
VECTOR float vec_sum(vec a) {
  float32x2_t s = vadd_f32(vget_low_f32(a), vget_high_f32(a));
  return vget_lane_f32(s, 0) + vget_lane_f32(s, 1);
}

/* Four lanes: what is left of sixteen sums that were added in halves twice. */
typedef float32x4_t quad;
VECTOR quad vec_quarter_sum(const vec a[16 / WIDTH]) {
  return vaddq_f32(vaddq_f32(a[0], a[2]), vaddq_f32(a[1], a[3]));
}
VECTOR quad quad_add(quad a, quad b) { return vaddq_f32(a, b); }
VECTOR void quad_store(float *p, quad a) { vst1q_f32(p, a); }
VECTOR void quads_turn(quad rows[4]) {
  float32x4x2_t upper = vtrnq_f32(rows[0], rows[1]), lower = vtrnq_f32(rows[2], rows[3]);
  rows[0] = vcombine_f32(vget_low_f32(upper.val[0]), vget_low_f32(lower.val[0]));
  rows[1] = vcombine_f32(vget_low_f32(upper.val[1]), vget_low_f32(lower.val[1]));
  rows[2] = vcombine_f32(vget_high_f32(upper.val[0]), vget_high_f32(lower.val[0]));
  rows[3] = vcombine_f32(vget_high_f32(upper.val[1]), vget_high_f32(lower.val[1]));
}

VECTOR vec from_halves(uint16x4_t halves, llava_element type) {
  if (type == LLAVA_F16) return vcvt_f32_f16(vreinterpret_f16_u16(halves));
  return vreinterpretq_f32_u32(vshll_n_u16(halves, 16));
}

VECTOR vec vec_widen_part(const void *p, llava_element type, size_t count) {
  if (type == LLAVA_F32) return vec_load_part((const float *)p, count);
  uint16_t halves[WIDTH] = {0};
  memcpy(halves, p, 2 * count);
  return from_halves(vld1_u16(halves), type);
}

VECTOR vec vec_widen(const void *p, llava_element type) { return vec_widen_part(p, type, WIDTH); }

VECTOR void vec_narrow(void *p, vec a, llava_element type, size_t count) {
  uint16_t halves[WIDTH];
  if (type == LLAVA_F16) {
    vst1_u16(halves, vreinterpret_u16_f16(vcvt_f16_f32(a)));
  } else {
    uint32x4_t bits = vreinterpretq_u32_f32(a), upper = vshrq_n_u32(bits, 16);
    uint32x4_t bias = vaddq_u32(vandq_u32(upper, vdupq_n_u32(1)), vdupq_n_u32(0x7fff));
    uint32x4_t rounded = vshrq_n_u32(vaddq_u32(bits, bias), 16), quiet = vorrq_u32(upper, vdupq_n_u32(0x40));
    vst1_u16(halves, vmovn_u32(vbslq_u32(vceqq_f32(a, a), rounded, quiet)));
  }
  memcpy(p, halves, 2 * count);
}

#endif
#endif
