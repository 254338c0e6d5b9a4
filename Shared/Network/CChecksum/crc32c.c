#include "crc32c.h"

#include <string.h>

uint32_t llava_crc32c_reference(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  crc = ~crc;
  for (size_t i = 0; i < count; i++) {
    crc ^= next[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82f63b78u & -(crc & 1));
  }
  return ~crc;
}

#if defined(__x86_64__)

#include <nmmintrin.h>

static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  uint64_t value = ~crc;
  for (; count >= 8; count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    value = _mm_crc32_u64(value, word);
  }
  for (; count > 0; count--) value = _mm_crc32_u8((uint32_t)value, *next++);
  return ~(uint32_t)value;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>

static int has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

__attribute__((target("crc"))) static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  crc = ~crc;
  for (; count >= 8; count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    crc = __crc32cd(crc, word);
  }
  for (; count > 0; count--) crc = __crc32cb(crc, *next++);
  return ~crc;
}

#else

static int has_instruction(void) { return 0; }

static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t count) {
  return llava_crc32c_reference(crc, bytes, count);
}

#endif

uint32_t llava_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return has_instruction() ? by_instruction(crc, bytes, count) : llava_crc32c_reference(crc, bytes, count);
}
