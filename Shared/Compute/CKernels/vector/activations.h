/* Activations over any vector. */
#include "exponential.h"

VECTOR vec sigmoid_weighted(vec x, vec beta) {
  vec e = vec_exp(vec_multiply(vec_subtract(vec_all(0), beta), x));
  return vec_divide(x, vec_add(vec_all(1), e));
}

/* erf to 2e-7 absolute. Below 1 it is |x| P(x^2), from there on 1 - exp(-x^2) Q(1 / (1 + |x| / 2)); P and Q are
 * minimax polynomials fitted for this project, off by 6e-10 and 4e-11 before rounding. */
VECTOR vec vec_erf(vec x) {
  vec size = vec_and(x, vec_all(llava_float(0x7fffffff))), sign = vec_and(x, vec_all(-0.0f));
  vec z = vec_multiply(size, size);
  vec p = vec_all(7.647115665e-05f);
  p = vec_fma(p, z, vec_all(-7.942355745e-04f));
  p = vec_fma(p, z, vec_all(5.179749492e-03f));
  p = vec_fma(p, z, vec_all(-2.684859129e-02f));
  p = vec_fma(p, z, vec_all(1.128343012e-01f));
  p = vec_fma(p, z, vec_all(-3.761260599e-01f));
  p = vec_fma(p, z, vec_all(1.128379158e+00f));
  vec t = vec_divide(vec_all(1), vec_fma(size, vec_all(0.5f), vec_all(1)));
  vec q = vec_all(-2.308015809e-01f);
  q = vec_fma(q, t, vec_all(6.366797612e-01f));
  q = vec_fma(q, t, vec_all(-6.446032017e-02f));
  q = vec_fma(q, t, vec_all(3.968018954e-01f));
  q = vec_fma(q, t, vec_all(2.597006651e-01f));
  q = vec_fma(q, t, vec_all(1.822475841e-03f));
  vec far = vec_subtract(vec_all(1), vec_multiply(vec_exp(vec_subtract(vec_all(0), z)), q));
  return vec_or(sign, vec_if_less(size, vec_all(1), vec_multiply(size, p), far));
}

VECTOR vec vec_gelu(vec x) {
  vec erf = vec_erf(vec_multiply(x, vec_all(0x1.6a09e6p-1f)));
  return vec_multiply(vec_multiply(vec_all(0.5f), x), vec_add(vec_all(1), erf));
}

VECTOR vec vec_gelu_tanh(vec x) {
  vec cubic = vec_fma(vec_multiply(vec_multiply(x, x), vec_all(0.044715f)), x, x);
  return vec_divide(x, vec_add(vec_all(1), vec_exp(vec_multiply(vec_all(-2 * 0x1.988454p-1f), cubic))));
}

KERNEL(swish)(float *y, const float *x, float beta, size_t count) {
  vec b = vec_all(beta);
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) vec_store(y + i, sigmoid_weighted(vec_load(x + i), b));
  if (i < count) vec_store_part(y + i, sigmoid_weighted(vec_load_part(x + i, count - i), b), count - i);
}

KERNEL(gated_silu)(float *y, const float *gate, const float *up, size_t count) {
  vec one = vec_all(1);
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH)
    vec_store(y + i, vec_multiply(sigmoid_weighted(vec_load(gate + i), one), vec_load(up + i)));
  if (i < count) {
    vec g = vec_load_part(gate + i, count - i), u = vec_load_part(up + i, count - i);
    vec_store_part(y + i, vec_multiply(sigmoid_weighted(g, one), u), count - i);
  }
}

KERNEL(gelu)(float *y, const float *x, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) vec_store(y + i, vec_gelu(vec_load(x + i)));
  if (i < count) vec_store_part(y + i, vec_gelu(vec_load_part(x + i, count - i)), count - i);
}

KERNEL(gelu_tanh)(float *y, const float *x, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) vec_store(y + i, vec_gelu_tanh(vec_load(x + i)));
  if (i < count) vec_store_part(y + i, vec_gelu_tanh(vec_load_part(x + i, count - i)), count - i);
}
