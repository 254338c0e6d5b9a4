/* The row-invariant product over any vector. The level gives TILE_ROWS, the most rows in one tile.
 *
 * Sixteen partial sums of an element lie in the lanes of PARTS vectors, and a tile of TILE_ROWS x TILE_OUTPUTS
 * elements stays in registers for the whole depth. A tile of another size takes the same steps for each of its
 * elements, so the order of a sum depends on the depth alone. */
enum { PARTS = 16 / WIDTH, BYTES_OF_INPUT = 256 * 1024 /* of x at a time: stays in a second-level cache */ };

VECTOR void four_sums(float *sums, const vec a[4][PARTS]) {
  quad rows[4] = {vec_quarter_sum(a[0]), vec_quarter_sum(a[1]), vec_quarter_sum(a[2]), vec_quarter_sum(a[3])};
  quads_turn(rows);
  quad_store(sums, quad_add(quad_add(rows[0], rows[2]), quad_add(rows[1], rows[3])));
}

VECTOR void tile(float *y, const float *x, const char *w, llava_element type, int rows, int outputs, size_t depth,
                 size_t stride) {
  vec sum[(TILE_ROWS * TILE_OUTPUTS + 3) / 4 * 4][PARTS];
#pragma clang loop unroll(full)
  for (int i = 0; i < (rows * outputs + 3) / 4 * 4; i++)
#pragma clang loop unroll(full)
    for (int p = 0; p < PARTS; p++) sum[i][p] = vec_all(0);

  size_t size = type == LLAVA_F32 ? 4 : 2, whole = depth / 16 * 16;
  for (size_t k = 0; k < whole; k += 16)
#pragma clang loop unroll(full)
    for (int p = 0; p < PARTS; p++) {
      vec b[TILE_OUTPUTS];
#pragma clang loop unroll(full)
      for (int n = 0; n < outputs; n++) b[n] = vec_widen(w + (n * depth + k + p * WIDTH) * size, type);
#pragma clang loop unroll(full)
      for (int m = 0; m < rows; m++) {
        vec a = vec_load(x + m * depth + k + p * WIDTH);
#pragma clang loop unroll(full)
        for (int n = 0; n < outputs; n++) sum[m * outputs + n][p] = vec_fma(a, b[n], sum[m * outputs + n][p]);
      }
    }

  size_t left = depth - whole;
#pragma clang loop unroll(full)
  for (int p = 0; p < PARTS; p++) {
    if (left <= (size_t)p * WIDTH) break;
    size_t at = whole + p * WIDTH, count = left - p * WIDTH < WIDTH ? left - p * WIDTH : WIDTH;
#pragma clang loop unroll(full)
    for (int n = 0; n < outputs; n++) {
      vec b = vec_widen_part(w + (n * depth + at) * size, type, count);
#pragma clang loop unroll(full)
      for (int m = 0; m < rows; m++) {
        vec *s = &sum[m * outputs + n][p];
        *s = vec_fma(vec_load_part(x + m * depth + at, count), b, *s);
      }
    }
  }

  float sums[(TILE_ROWS * TILE_OUTPUTS + 3) / 4 * 4];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * outputs; i += 4) four_sums(sums + i, sum + i);
#pragma clang loop unroll(full)
  for (int m = 0; m < rows; m++)
#pragma clang loop unroll(full)
    for (int n = 0; n < outputs; n++) y[m * stride + n] = sums[m * outputs + n];
}

/* `outputs` columns of y for all the rows. */
VECTOR void column(float *y, const float *x, const char *w, llava_element type, size_t rows, int outputs, size_t depth,
                   size_t stride) {
  size_t m = 0;
  for (; m + TILE_ROWS <= rows; m += TILE_ROWS)
    tile(y + m * stride, x + m * depth, w, type, TILE_ROWS, outputs, depth, stride);
  for (; m + 2 <= rows; m += 2) tile(y + m * stride, x + m * depth, w, type, 2, outputs, depth, stride);
  if (m < rows) tile(y + m * stride, x + m * depth, w, type, 1, outputs, depth, stride);
}

VECTOR void typed_product(float *y, const float *x, const char *w, llava_element type, size_t rows, size_t outputs,
                          size_t depth, size_t stride) {
  size_t size = type == LLAVA_F32 ? 4 : 2, most = BYTES_OF_INPUT / (4 * depth + 1) / TILE_ROWS * TILE_ROWS;
  if (most == 0) most = TILE_ROWS;
  for (size_t m = 0; m < rows; m += most) {
    size_t some = rows - m < most ? rows - m : most, n = 0;
    float *out = y + m * stride;
    for (; n + TILE_OUTPUTS <= outputs; n += TILE_OUTPUTS)
      column(out + n, x + m * depth, w + n * depth * size, type, some, TILE_OUTPUTS, depth, stride);
    for (; n < outputs; n++) column(out + n, x + m * depth, w + n * depth * size, type, some, 1, depth, stride);
  }
}

KERNEL(product)(float *y, const float *x, const void *w, llava_element type, size_t rows, size_t outputs, size_t depth,
                size_t stride) {
  switch (type) {
  case LLAVA_F32:
    return typed_product(y, x, w, LLAVA_F32, rows, outputs, depth, stride);
  case LLAVA_F16:
    return typed_product(y, x, w, LLAVA_F16, rows, outputs, depth, stride);
  case LLAVA_BF16:
    return typed_product(y, x, w, LLAVA_BF16, rows, outputs, depth, stride);
  default:
    __builtin_unreachable(); /* blocks are widened by the caller, panel by panel */
  }
}
