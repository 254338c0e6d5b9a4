/*
 * The arithmetic of the system, and what each function promises.
 *
 * Every function exists as obvious portable C in reference/ and as faster twins in avx2/ and avx512/, or neon/,
 * in a file of the same name; where CPUs have dot products, those that use them are in avxvnni/, vnni/ and bf16/, or
 * dotprod/ and i8mm/. One table of them is chosen per process, by what the CPU can do.
 *
 * For all of them:
 * - Arithmetic and results are f32. Matrices are row-major.
 * - Pointers to float are aligned to 4 bytes at least; weights may lie at any address.
 * - An output may be the very same array as an input where "in place" is said; otherwise they must not overlap.
 * - A result depends on the values it is made from and on the sizes along which it is summed, never on how many
 *   rows or columns are computed with it, on alignment, or on the slice of a larger array it is part of.
 * - Sizes may be zero. Nothing is checked here: the Swift wrappers do.
 */
#ifndef LLAVA_KERNELS_H
#define LLAVA_KERNELS_H

#include "packed.h"
#include <stddef.h>
#include <stdint.h>

/* Instruction sets, the better after the worse of the same architecture. */
typedef enum llava_level {
  LLAVA_REFERENCE,
  LLAVA_AVX2,
  LLAVA_AVXVNNI, /* AVX2 with dot products of whole numbers */
  LLAVA_AVX512,
  LLAVA_VNNI,        /* AVX-512 with dot products of whole numbers */
  LLAVA_AVX512_BF16, /* and with those of bf16 */
  LLAVA_NEON,        /* what every 64-bit ARM has */
  LLAVA_DOTPROD,     /* NEON with dot products of whole numbers of one sign */
  LLAVA_I8MM,        /* with those of mixed signs and of bf16 */
  LLAVA_LEVEL_COUNT,
} llava_level;

/* Tokens in one block of the KV cache: the lanes of the widest vector, so that a block's scores are one register. */
enum { LLAVA_BLOCK_TOKENS = 16 };

/* The most queries that gain from being computed together. */
enum { LLAVA_ATTEND_ROWS = 12 };

/* Queries that are computed together; each result is the same alone. */
typedef struct llava_queries {
  size_t count;
  const float *const *q; /* of each, [width] */
  float *const *y;
  const int32_t *const *blocks; /* the table of its sequence */
  const size_t *keys;           /* that it sees, at least 1 */
  size_t shared_blocks;         /* that all tables begin with; they may be more than a query sees */
} llava_queries;

/* What a CPU multiplies and adds in one instruction. */
typedef enum llava_arithmetic {
  LLAVA_FP32_FMA,
  LLAVA_BF16_DOT, /* pairs of bf16, sums in f32 */
  LLAVA_INT8_DOT, /* products of 8 bits, sums in 32, or for some steps in 16 */
} llava_arithmetic;

typedef struct llava_kernels {
  llava_level level;

  /* y[m * stride + n] = sum over k of x[m, k] * w[n, k]; x is [rows, depth], w is [outputs, depth] of a plain `type`.
   * Order of the sum, the same for every element and every level: sixteen partial sums, the j-th over the k with
   * k mod 16 = j in ascending order, each step one fused multiply-add; then they are added in halves:
   * j and j + 8, j and j + 4, j and j + 2, j and j + 1. So all levels give the same bits. */
  void (*product)(float *y, const float *x, const void *w, llava_element type, size_t rows, size_t outputs,
                  size_t depth, size_t stride);

  /* y[i] = x[i] widened from `type`, of which `count` is a whole number of blocks. A plain number is exact; one of a
   * block is what ggml's dequantize_row_* gives, each operation rounded by itself, never fused. */
  void (*widen)(float *y, const void *x, llava_element type, size_t count);
  /* y[i] = x[i] as a plain `type`, to the nearest, ties to even; overflow is infinity, NaN stays NaN. */
  void (*narrow)(void *y, const float *x, llava_element type, size_t count);

  /* y = x / sqrt(mean(x^2) + epsilon) * weight for each row of [rows, columns]. In place allowed. */
  void (*rms_norm)(float *y, const float *x, const float *weight, float epsilon, size_t rows, size_t columns);
  /* y = (x - mean) / sqrt(variance + epsilon) * weight + bias for each row; the variance is the mean squared
   * distance from the mean, in a second pass. In place allowed. */
  void (*layer_norm)(float *y, const float *x, const float *weight, const float *bias, float epsilon, size_t rows,
                     size_t columns);
  /* Each row of x [rows, columns] becomes exp(scale * (x - max)) / sum; scale > 0. In place by nature. */
  void (*softmax)(float *x, float scale, size_t rows, size_t columns);

  /* y = x / (1 + exp(-beta * x)): SiLU with beta = 1, CLIP's quick-GELU with beta = 1.702. In place allowed. */
  void (*swish)(float *y, const float *x, float beta, size_t count);
  /* y = swish(gate) * up with beta = 1. In place allowed with either. */
  void (*gated_silu)(float *y, const float *gate, const float *up, size_t count);
  /* y = x * (1 + erf(x / sqrt 2)) / 2, with erf to 2e-7 absolute. In place allowed. */
  void (*gelu)(float *y, const float *x, size_t count);
  /* y = x * (1 + tanh(u)) / 2 with u = sqrt(2 / pi) * (x + 0.044715 x^3), which is x / (1 + exp(-2u)): the older
   * approximation of gelu, for models that were trained with it. In place allowed. */
  void (*gelu_tanh)(float *y, const float *x, size_t count);

  /* y = a + b. In place allowed with either. */
  void (*add)(float *y, const float *a, const float *b, size_t count);
  /* y[m * stride + n] += bias[n] for [rows, columns]. */
  void (*add_bias)(float *y, const float *bias, size_t rows, size_t columns, size_t stride);

  /* Rotary position of one row of `heads` heads, each [2 * half] wide; element i is paired with i + half (the
   * half-split convention): (a, b) -> (a cos - b sin, b cos + a sin), cosine and sine being [half]. In place. */
  void (*rotate)(float *x, const float *cosine, const float *sine, size_t heads, size_t half);

  /* Attention of queries of one head over the keys of their sequences: each y is
   * sum over t of softmax(scale * q . key[t]) * value[t], t in 0 ..< keys, in ascending order.
   * Key t lies in block blocks[t / 16], at slot t mod 16. A block begins block * block_stride numbers of `type` (f32 or
   * f16) after cache and holds for this layer and head the keys as [width][16], then the values as [16][width].
   * scratch holds llava_attend_scratch_floats of the most keys. */
  void (*attend)(const llava_queries *queries, const void *cache, llava_element type, float scale, size_t width,
                 size_t block_stride, float *scratch);

  /* Rows of x, `stride` numbers apart, into tiles: bf16 to the nearest, whole numbers to the nearest multiple of their
   * scale, ties to even. A NaN makes its row's results NaN. The same bits on every level. */
  void (*pack_rows)(void *tiles, const float *x, llava_packing packing, size_t rows, size_t depth, size_t stride);
  /* y[m * stride + n] = sum over k of x[m, k] * w[n, k] + bias[n] (none where NULL), of inputs and weights as they were
   * packed. In Q8_0 and Q4_0 block by block in ascending order, total = fma(sum, scale of the weights, total * ratio of
   * the inputs' scales), at last times the last scale; sums of whole numbers are exact: the same bits on every level.
   * In bf16 pairs in ascending order, whose rounding is the level's. scratch holds llava_product_scratch_bytes. */
  void (*packed_product)(float *y, const void *tiles, const void *panels, llava_packing packing, const float *bias,
                         size_t rows, size_t outputs, size_t depth, size_t stride, void *scratch);

  /* Attention of tokens to all tokens in one head: row m of y, m in first ..< first + count, is
   * sum over t of weight[t] * v[t] / sum of weights, weight[t] = exp(scale * (q[m] . k[t] - the largest of them)).
   * Rows are [width], `stride` numbers apart. Queries, keys, values and weights are rounded to bf16, sums are f32.
   * scratch holds llava_full_attention_scratch_bytes. */
  void (*full_attention)(float *y, const float *q, const float *k, const float *v, float scale, size_t first,
                         size_t count, size_t tokens, size_t width, size_t stride, void *scratch);

  /* What the CPU can do at most, for measuring it: `steps` turns (at most 2^22, where sums are still exact) of as many
   * multiply-adds in registers as it can have under way. Every product is 1, so their sum, `count`, is how many there
   * were; 0 where the level has no such instruction. */
  void (*multiply_adds)(double *count, llava_arithmetic arithmetic, size_t steps);
  /* The sum of `count` words of four bytes modulo 2^32, for measuring how fast memory is read. */
  void (*read_words)(uint32_t *sum, const void *x, size_t count);
} llava_kernels;

/* Numbers of scratch that attention needs. */
size_t llava_attend_scratch_floats(size_t keys, size_t width);
/* Bytes of scratch that full attention needs. */
size_t llava_full_attention_scratch_bytes(size_t tokens, size_t width);

/* The functions for one level, or NULL where this CPU or build lacks it. */
const llava_kernels *llava_kernels_at(llava_level level);

/* The functions for the best level that this CPU has. */
const llava_kernels *llava_kernels_best(void);

#endif
