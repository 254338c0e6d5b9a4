/* One table's worth of functions for each level, and the tables made of them. Private to this module. */
#ifndef LLAVA_LEVELS_H
#define LLAVA_LEVELS_H

#include "kernels.h"

#define LLAVA_DECLARE(level)                                                                                          \
  void llava_##level##_product(float *y, const float *x, const void *w, llava_element type, size_t rows,              \
                               size_t outputs, size_t depth, size_t stride);                                          \
  void llava_##level##_widen(float *y, const void *x, llava_element type, size_t count);                              \
  void llava_##level##_narrow(void *y, const float *x, llava_element type, size_t count);                             \
  void llava_##level##_rms_norm(float *y, const float *x, const float *weight, float epsilon, size_t rows,            \
                                size_t columns);                                                                      \
  void llava_##level##_layer_norm(float *y, const float *x, const float *weight, const float *bias, float epsilon,    \
                                  size_t rows, size_t columns);                                                       \
  void llava_##level##_softmax(float *x, float scale, size_t rows, size_t columns);                                   \
  void llava_##level##_swish(float *y, const float *x, float beta, size_t count);                                     \
  void llava_##level##_gated_silu(float *y, const float *gate, const float *up, size_t count);                        \
  void llava_##level##_gelu(float *y, const float *x, size_t count);                                                  \
  void llava_##level##_gelu_tanh(float *y, const float *x, size_t count);                                             \
  void llava_##level##_add(float *y, const float *a, const float *b, size_t count);                                   \
  void llava_##level##_add_bias(float *y, const float *bias, size_t rows, size_t columns, size_t stride);             \
  void llava_##level##_rotate(float *x, const float *cosine, const float *sine, size_t heads, size_t half);           \
  void llava_##level##_attend(const llava_queries *queries, const void *cache, llava_element type, float scale,         \
                              size_t width, size_t block_stride, float *scratch);                                     \
  void llava_##level##_pack_rows(void *tiles, const float *x, llava_packing packing, size_t rows, size_t depth,         \
                                 size_t stride);                                                                      \
  void llava_##level##_read_words(uint32_t *sum, const void *x, size_t count);                                        \
  LLAVA_DECLARE_PACKED(level)

#define LLAVA_DECLARE_PACKED(level)                                                                                   \
  void llava_##level##_full_attention(float *y, const float *q, const float *k, const float *v, float scale,          \
                                      size_t first, size_t count, size_t tokens, size_t width, size_t stride,         \
                                      void *scratch);                                                                 \
  LLAVA_DECLARE_DOTS(level)

#define LLAVA_DECLARE_DOTS(level)                                                                                     \
  void llava_##level##_packed_product(float *y, const void *tiles, const void *panels, llava_packing packing,         \
                                      const float *bias, size_t rows, size_t outputs, size_t depth, size_t stride,    \
                                      void *scratch);                                                                 \
  void llava_##level##_multiply_adds(double *count, llava_arithmetic arithmetic, size_t steps);

/* A level's table; `dots` is the one whose packed products it uses, and `attention` the one whose full attention. */
#define LLAVA_TABLE(level, dots, attention, number)                                                                   \
  {                                                                                                                   \
    number, llava_##level##_product, llava_##level##_widen, llava_##level##_narrow, llava_##level##_rms_norm,         \
        llava_##level##_layer_norm, llava_##level##_softmax, llava_##level##_swish, llava_##level##_gated_silu,       \
        llava_##level##_gelu, llava_##level##_gelu_tanh, llava_##level##_add, llava_##level##_add_bias,               \
        llava_##level##_rotate, llava_##level##_attend, llava_##level##_pack_rows, llava_##dots##_packed_product,     \
        llava_##attention##_full_attention, llava_##dots##_multiply_adds, llava_##level##_read_words                  \
  }

LLAVA_DECLARE(reference)
#if defined(__x86_64__)
LLAVA_DECLARE(avx2)
LLAVA_DECLARE_DOTS(avxvnni)
LLAVA_DECLARE(avx512)
LLAVA_DECLARE_DOTS(vnni)
LLAVA_DECLARE_PACKED(bf16)
#elif defined(__aarch64__)
LLAVA_DECLARE(neon)
LLAVA_DECLARE_PACKED(dotprod)
LLAVA_DECLARE_PACKED(i8mm)
#endif

#endif
