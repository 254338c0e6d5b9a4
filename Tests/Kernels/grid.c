#include "grid.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_ROOMS = 512, MOST_REPORTED = 20 };

static struct {
  void *base;
  size_t bytes;
} rooms[MOST_ROOMS];
static size_t room_count, claim_count, failure_count;
static bool is_guarded = true;
static uint64_t random_state, digest_state = 0xcbf29ce484222325;

void *room(size_t bytes, size_t alignment) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page) / page * page;
  char *base = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || room_count == MOST_ROOMS || (is_guarded && mprotect(base + whole, page, PROT_NONE) != 0)) {
    fprintf(stderr, "kernels: no room for %zu bytes\n", bytes);
    _exit(2);
  }
  rooms[room_count].base = base;
  rooms[room_count++].bytes = whole + page;
  memset(base, 0xff, whole); /* NaN */
  return base + (whole - bytes) / alignment * alignment;
}

float *room_of_floats(size_t count) { return room(4 * count, 4); }

void room_ends(void) {
  while (room_count > 0) {
    room_count--;
    munmap(rooms[room_count].base, rooms[room_count].bytes);
  }
}

void random_begins(uint64_t seed) { random_state = seed; }

uint64_t random_word(void) {
  uint64_t z = random_state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

size_t random_below(size_t bound) { return (size_t)(random_word() >> 33) % bound; }

float *random_floats(size_t count, float least, float most) {
  float *x = room_of_floats(count);
  for (size_t i = 0; i < count; i++) x[i] = fmaf((float)(random_word() >> 40) * 0x1p-24f, most - least, least);
  return x;
}

void claim(bool holds, const twins *t, const char *what, ...) {
  claim_count++;
  if (holds || failure_count++ >= MOST_REPORTED) return;
  va_list values;
  va_start(values, what);
  fprintf(stderr, "failed: %s: ", t->name);
  vfprintf(stderr, what, values);
  fputc('\n', stderr);
  va_end(values);
}

void digest(const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) digest_state = (digest_state ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
}

bool same(const twins *t, const float *found, const float *expected, size_t count) {
  bool all = true;
  for (size_t i = 0; i < count; i++) {
    all &= memcmp(found + i, expected + i, 4) == 0 || (isnan(found[i]) && isnan(expected[i]));
    if (t->fast == t->reference && !isnan(expected[i])) digest(expected + i, 4);
  }
  return all;
}

double normalized_error(const float *found, const float *expected, size_t count) {
  double error = 0, size = 0;
  for (size_t i = 0; i < count; i++) {
    double difference = (double)found[i] - expected[i];
    error += difference * difference;
    size += (double)expected[i] * expected[i];
  }
  return isnan(error) ? INFINITY : error / (size > 0 ? size : 0x1p-1022);
}

/* Arguments: the levels that there must be, none where any will do; before them --unguarded, for emulators whose masked
 * loads touch what they do not load. */
int main(int count, char **wanted) {
  if (count > 1 && strcmp(wanted[1], "--unguarded") == 0) is_guarded = false, count--, wanted++;
  static const char *const names[LLAVA_LEVEL_COUNT] = {
      [LLAVA_REFERENCE] = "reference", [LLAVA_AVX2] = "avx2", [LLAVA_AVXVNNI] = "avxvnni",
      [LLAVA_AVX512] = "avx512",       [LLAVA_VNNI] = "vnni", [LLAVA_AVX512_BF16] = "bf16",
      [LLAVA_NEON] = "neon",           [LLAVA_I8MM] = "i8mm", [LLAVA_DOTPROD] = "dotprod",
  };
  static void (*const grids[])(const twins *) = {
      grid_conversions,     grid_elements,  grid_rows,           grid_products,
      grid_packed_products, grid_attention, grid_full_attention, grid_machine_rates,
  };
  int found = 0;
  for (int level = 0; level < LLAVA_LEVEL_COUNT; level++) {
    twins t = {names[level], llava_kernels_at((llava_level)level), llava_kernels_at(LLAVA_REFERENCE)};
    if (!t.fast) continue;
    found++;
    printf("%s ", t.name);
    claim(t.fast->level == (llava_level)level, &t, "its table is that of level %d", (int)t.fast->level);
    claim(count == 1 || (found < count && strcmp(wanted[found], t.name) == 0), &t, "was not expected on this CPU");
    for (size_t i = 0; i < COUNT(grids); i++) {
      random_begins(i);
      grids[i](&t);
      room_ends();
    }
  }
  twins best = {"best", llava_kernels_best(), NULL};
  claim(count == 1 || found == count - 1, &best, "%d levels, and %d were expected", found, count - 1);
  for (int level = best.fast->level + 1; level < LLAVA_LEVEL_COUNT; level++)
    claim(!llava_kernels_at((llava_level)level), &best, "there is a better one");
  printf("(%zu claims, %zu failed, digest %016llx)\n", claim_count, failure_count, (unsigned long long)digest_state);
  return failure_count > 0;
}
