/* Exponentials over any vector. */
#ifndef LLAVA_EXPONENTIAL_H
#define LLAVA_EXPONENTIAL_H

/* exp(x), to 2 units in the last place. It is 2^n * exp(r) with n = round(x / ln 2) and |r| <= ln(2) / 2, where the Taylor
 * series to r^7 / 7! is off by less than 1e-8. x is held to where the result is a normal number; NaN stays NaN. */
VECTOR vec vec_exp(vec x) {
  x = vec_min(vec_all(0x1.61814cp6f), vec_max(vec_all(-0x1.5d589ep6f), x));
  vec n = vec_round(vec_multiply(x, vec_all(0x1.715476p0f)));
  vec r = vec_fma(n, vec_all(-0x1.62e400p-1f), x); /* ln 2 in two pieces, the first of them exact times n */
  r = vec_fma(n, vec_all(-0x1.7f7d1cp-20f), r);
  vec sum = vec_all(1.0f / 5040);
  sum = vec_fma(sum, r, vec_all(1.0f / 720));
  sum = vec_fma(sum, r, vec_all(1.0f / 120));
  sum = vec_fma(sum, r, vec_all(1.0f / 24));
  sum = vec_fma(sum, r, vec_all(1.0f / 6));
  sum = vec_fma(sum, r, vec_all(0.5f));
  sum = vec_fma(sum, r, vec_all(1));
  sum = vec_fma(sum, r, vec_all(1));
  return vec_scale_by_power(sum, n);
}

/* 2^x for x of at most 0, off by less than 3e-6 of it: for what is rounded to bf16. On -1/2 ... 1/2 it is a minimax
 * polynomial fitted for this project. x is held to where the result is a normal number; NaN stays NaN. */
VECTOR vec vec_power_of_two(vec x) {
  x = vec_max(vec_all(-126), x);
  vec n = vec_round(x), r = vec_subtract(x, n);
  vec sum = vec_all(0x1.3997d6p-7f);
  sum = vec_fma(sum, r, vec_all(0x1.ca1440p-5f));
  sum = vec_fma(sum, r, vec_all(0x1.ec06dap-3f));
  sum = vec_fma(sum, r, vec_all(0x1.62e0dcp-1f));
  sum = vec_fma(sum, r, vec_all(0x1.ffffe8p-1f));
  return vec_scale_by_power(sum, n);
}

#endif
