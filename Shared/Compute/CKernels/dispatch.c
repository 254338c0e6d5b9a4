#include "levels.h"
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

static const llava_kernels reference_kernels = LLAVA_TABLE(reference, reference, reference, LLAVA_REFERENCE);
#if defined(__x86_64__)
static const llava_kernels avx2_kernels = LLAVA_TABLE(avx2, avx2, avx2, LLAVA_AVX2);
static const llava_kernels avxvnni_kernels = LLAVA_TABLE(avx2, avxvnni, avx2, LLAVA_AVXVNNI);
static const llava_kernels avx512_kernels = LLAVA_TABLE(avx512, avx512, avx512, LLAVA_AVX512);
static const llava_kernels vnni_kernels = LLAVA_TABLE(avx512, vnni, avx512, LLAVA_VNNI);
static const llava_kernels bf16_kernels = LLAVA_TABLE(avx512, bf16, bf16, LLAVA_AVX512_BF16);

static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static int has_avxvnni(void) {
#ifdef LLAVA_SPELLED_DOTS
  return has_avx2();
#else
  return has_avx2() && __builtin_cpu_supports("avxvnni");
#endif
}

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static int has_vnni(void) { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }

static int has_bf16(void) { return has_vnni() && __builtin_cpu_supports("avx512bf16"); }
#elif defined(__aarch64__)
static const llava_kernels neon_kernels = LLAVA_TABLE(neon, neon, neon, LLAVA_NEON);
static const llava_kernels dotprod_kernels = LLAVA_TABLE(neon, dotprod, dotprod, LLAVA_DOTPROD);
static const llava_kernels i8mm_kernels = LLAVA_TABLE(neon, i8mm, i8mm, LLAVA_I8MM);

static int has_dotprod(void) { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

static int has_i8mm(void) {
  unsigned long both = HWCAP2_I8MM | HWCAP2_BF16;
  return has_dotprod() && (getauxval(AT_HWCAP2) & both) == both;
}
#endif

const llava_kernels *llava_kernels_at(llava_level level) {
  switch (level) {
  case LLAVA_REFERENCE:
    return &reference_kernels;
#if defined(__x86_64__)
  case LLAVA_AVX2:
    return has_avx2() ? &avx2_kernels : NULL;
  case LLAVA_AVXVNNI:
    return has_avxvnni() ? &avxvnni_kernels : NULL;
  case LLAVA_AVX512:
    return has_avx512() ? &avx512_kernels : NULL;
  case LLAVA_VNNI:
    return has_vnni() ? &vnni_kernels : NULL;
  case LLAVA_AVX512_BF16:
    return has_bf16() ? &bf16_kernels : NULL;
#elif defined(__aarch64__)
  case LLAVA_NEON:
    return &neon_kernels;
  case LLAVA_DOTPROD:
    return has_dotprod() ? &dotprod_kernels : NULL;
  case LLAVA_I8MM:
    return has_i8mm() ? &i8mm_kernels : NULL;
#endif
  default:
    return NULL;
  }
}

const llava_kernels *llava_kernels_best(void) {
  int level = LLAVA_LEVEL_COUNT - 1;
  while (!llava_kernels_at((llava_level)level)) level--;
  return llava_kernels_at((llava_level)level);
}

size_t llava_attend_scratch_floats(size_t keys, size_t width) {
  size_t rounded = (keys + LLAVA_BLOCK_TOKENS - 1) / LLAVA_BLOCK_TOKENS * LLAVA_BLOCK_TOKENS;
  return LLAVA_ATTEND_ROWS * (rounded + width);
}

size_t llava_full_attention_scratch_bytes(size_t tokens, size_t width) {
  enum { QUERIES = 2 * LLAVA_PANEL_OUTPUTS, PADDING = 128 };
  size_t keys = tokens * llava_tile_row_bytes(LLAVA_PACKED_BF16, width);
  size_t values = width * llava_tile_row_bytes(LLAVA_PACKED_BF16, tokens);
  size_t panels = 2 * (llava_panel_bytes(LLAVA_PACKED_BF16, width) + llava_panel_bytes(LLAVA_PACKED_BF16, tokens));
  return keys + values + panels + sizeof(float) * QUERIES * (tokens + 1 + width) + PADDING;
}

size_t llava_product_scratch_bytes(size_t depth) {
  return 2 * LLAVA_PANEL_OUTPUTS * llava_packed_depth(LLAVA_PACKED_Q4_0, depth);
}
