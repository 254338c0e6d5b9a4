/* Each level defines CHAINS: sums that depend on none of the others, as many as hide an instruction's latency and leave
 * registers for its inputs. */
#include <string.h>

enum { READS = 8 /* sums of a read */, AHEAD = 4096 /* bytes that are asked for before they are read */ };

/* The compiler must not know what is added. */
VECTOR vec vec_hidden(float value) {
  vec a = vec_all(value);
  __asm__ volatile("" : IN_REGISTER(a));
  return a;
}

VECTOR double total(const vec *sums) {
  float lanes[WIDTH];
  double all = 0;
  for (int c = 0; c < CHAINS; c++) {
    vec_store(lanes, sums[c]);
    for (int i = 0; i < WIDTH; i++) all += lanes[i];
  }
  return all;
}

VECTOR double count_fp32(size_t steps) {
  vec sums[CHAINS], one = vec_hidden(1);
  UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = vec_all(0);
  for (size_t s = 0; s < steps; s++) UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = vec_fma(one, one, sums[c]);
  return total(sums);
}

#if defined(LLAVA_HAS_DOTS) || defined(LLAVA_HAS_BYTES)
#include "nibbles.h"

VECTOR words words_hidden(uint32_t value) {
  words a = words_all(&value);
  __asm__ volatile("" : IN_REGISTER(a));
  return a;
}
#endif

#ifdef LLAVA_HAS_DOTS
VECTOR double count_int8(size_t steps) {
  words sums[CHAINS], ones = words_hidden(0x01010101);
  UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = words_none();
  for (size_t s = 0; s < steps; s++)
    UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = nibbles_dot(sums[c], ones, ones);
  vec counts[CHAINS];
  UNROLLED for (int c = 0; c < CHAINS; c++) counts[c] = vec_of(sums[c]);
  return total(counts);
}
#elif defined(LLAVA_HAS_BYTES)
/* Through 16 bits, which hold the sums of some steps. */
VECTOR double count_int8(size_t steps) {
  enum { SOME = 8 };
  static const int32_t none = 0;
  words sums[CHAINS], ones = words_hidden(0x01010101);
  UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = words_none();
  for (size_t left = steps; left > 0;) {
    size_t some = left < SOME ? left : SOME;
    words parts[CHAINS];
    UNROLLED for (int c = 0; c < CHAINS; c++) parts[c] = nibbles_start(&none);
    for (size_t s = 0; s < some; s++)
      UNROLLED for (int c = 0; c < CHAINS; c++) {
        ones = words_kept(ones); /* or one product would do for all sums */
        parts[c] = nibbles_dot(parts[c], ones, ones);
      }
    UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = words_add(sums[c], nibbles_sum(parts[c], &none));
    left -= some;
  }
  vec counts[CHAINS];
  UNROLLED for (int c = 0; c < CHAINS; c++) counts[c] = vec_of(sums[c]);
  return total(counts);
}
#endif

#ifdef LLAVA_HAS_BF16_DOTS
VECTOR double count_bf16(size_t steps) {
  vec sums[CHAINS];
  words ones = words_hidden(0x3f803f80);
  UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = vec_all(0);
  for (size_t s = 0; s < steps; s++)
    UNROLLED for (int c = 0; c < CHAINS; c++) sums[c] = words_bf16_dot(sums[c], ones, ones);
  return total(sums);
}
#endif

KERNEL(multiply_adds)(double *count, llava_arithmetic arithmetic, size_t steps) {
  *count = 0;
  switch (arithmetic) {
  case LLAVA_FP32_FMA:
    *count = count_fp32(steps);
    break;
#if defined(LLAVA_HAS_DOTS) || defined(LLAVA_HAS_BYTES)
  case LLAVA_INT8_DOT:
    *count = count_int8(steps);
    break;
#endif
#ifdef LLAVA_HAS_BF16_DOTS
  case LLAVA_BF16_DOT:
    *count = count_bf16(steps);
    break;
#endif
  default:
    break;
  }
}

#ifndef LLAVA_HAS_DOTS /* which do not read any faster */
KERNEL(read_words)(uint32_t *sum, const void *x, size_t count) {
  const char *from = x;
  words sums[READS];
  UNROLLED for (int r = 0; r < READS; r++) sums[r] = words_none();
  size_t turn = READS * WIDTH, i = 0;
  for (; i + turn <= count; i += turn, from += 4 * turn)
    UNROLLED for (int r = 0; r < READS; r++) {
      if (r * 4 * WIDTH % 64 == 0) __builtin_prefetch(from + 4 * WIDTH * r + AHEAD);
      sums[r] = words_add(sums[r], words_load(from + 4 * WIDTH * r));
    }
  uint32_t all = 0;
  UNROLLED for (int r = 0; r < READS; r++) all += (uint32_t)words_sum(sums[r]);
  for (; i < count; i++, from += 4) {
    uint32_t word;
    memcpy(&word, from, 4);
    all += word;
  }
  *sum = all;
}
#endif
