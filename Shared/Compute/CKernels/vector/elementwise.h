/* Sums and rotations element by element over any vector. */

KERNEL(add)(float *y, const float *a, const float *b, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) vec_store(y + i, vec_add(vec_load(a + i), vec_load(b + i)));
  for (; i < count; i++) y[i] = a[i] + b[i];
}

KERNEL(add_bias)(float *y, const float *bias, size_t rows, size_t columns, size_t stride) {
  for (size_t m = 0; m < rows; m++, y += stride) {
    size_t n = 0;
    for (; n + WIDTH <= columns; n += WIDTH) vec_store(y + n, vec_add(vec_load(y + n), vec_load(bias + n)));
    for (; n < columns; n++) y[n] += bias[n];
  }
}

KERNEL(rotate)(float *x, const float *cosine, const float *sine, size_t heads, size_t half) {
  for (size_t h = 0; h < heads; h++, x += 2 * half)
    for (size_t i = 0; i < half; i += WIDTH) {
      size_t count = half - i < WIDTH ? half - i : WIDTH;
      vec a = vec_load_part(x + i, count), b = vec_load_part(x + half + i, count);
      vec c = vec_load_part(cosine + i, count), s = vec_load_part(sine + i, count);
      vec_store_part(x + i, vec_subtract(vec_multiply(a, c), vec_multiply(b, s)), count);
      vec_store_part(x + half + i, vec_add(vec_multiply(b, c), vec_multiply(a, s)), count);
    }
}
