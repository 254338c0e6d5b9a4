#include "grid.h"
#include <string.h>

static const llava_element HALVES[] = {LLAVA_F16, LLAVA_BF16};

static void every_half_is_widened_as_by_the_reference(const twins *t) {
  enum { ALL = 65536 };
  uint16_t *x = room(2 * ALL, 2);
  float *found = room_of_floats(ALL), *expected = room_of_floats(ALL);
  for (size_t i = 0; i < ALL; i++) x[i] = (uint16_t)i;
  for (size_t i = 0; i < COUNT(HALVES); i++) {
    t->fast->widen(found, x, HALVES[i], ALL);
    t->reference->widen(expected, x, HALVES[i], ALL);
    claim(same(t, found, expected, ALL), t, "widening all of type %d", HALVES[i]);
  }
  room_ends();
}

/* Random bits, and what lies halfway between neighbours and a hair to each side of it. */
static void rounding_is_that_of_the_reference(const twins *t) {
  enum { SOME = 4 * 20000 };
  uint32_t *bits = room(4 * SOME, 4);
  for (size_t i = 0; i < SOME; i += 4) {
    bits[i] = (uint32_t)random_word();
    bits[i + 1] = (bits[i] & 0xffffe000) | 0x1000;
    bits[i + 2] = (bits[i] & 0xffff0000) | 0x8000;
    bits[i + 3] = (bits[i] & 0xffff0000) | 0x7fff;
  }
  uint16_t *found = room(2 * SOME, 2), *expected = room(2 * SOME, 2);
  float *wide = room_of_floats(SOME), *wanted = room_of_floats(SOME);
  for (size_t i = 0; i < COUNT(HALVES); i++) {
    t->fast->narrow(found, (float *)bits, HALVES[i], SOME);
    t->reference->narrow(expected, (float *)bits, HALVES[i], SOME);
    t->reference->widen(wide, found, HALVES[i], SOME); /* so that NaN is told apart */
    t->reference->widen(wanted, expected, HALVES[i], SOME);
    claim(same(t, wide, wanted, SOME), t, "narrowing to type %d", HALVES[i]);
  }
  room_ends();
}

static void tails_are_converted_and_no_more(const twins *t) {
  for (size_t s = 0; s < COUNT(GRID_SIZES); s++)
    for (size_t i = 0; i < COUNT(HALVES); i++) {
      size_t count = GRID_SIZES[s];
      float *x = random_floats(count, -9, 9), *found = room_of_floats(count), *expected = room_of_floats(count);
      uint16_t *halves = room(2 * count, 2), *twin = room(2 * count, 2);
      t->fast->narrow(halves, x, HALVES[i], count);
      t->reference->narrow(twin, x, HALVES[i], count);
      claim(memcmp(halves, twin, 2 * count) == 0, t, "narrowing %zu to type %d", count, HALVES[i]);
      t->fast->widen(found, twin, HALVES[i], count);
      t->reference->widen(expected, twin, HALVES[i], count);
      claim(same(t, found, expected, count), t, "widening %zu of type %d", count, HALVES[i]);
      room_ends();
    }
}

/* One implementation for all levels, whose bits are the same on all machines. */
static void blocks_are_what_they_are_everywhere(const twins *t) {
  enum { SOME = 1024 };
  float *x = random_floats(SOME, -3, 3), *y = room_of_floats(SOME), *expected = room_of_floats(SOME);
  for (llava_element type = LLAVA_Q8_0; type <= LLAVA_Q6_K; type++) {
    size_t bytes = SOME / llava_block_elements(type) * llava_block_bytes(type);
    uint8_t *blocks = room(bytes, 1);
    for (size_t i = 0; i < bytes; i++) blocks[i] = (uint8_t)(random_word() >> 56);
    if (llava_can_quantize(type)) llava_quantize(blocks, x, type, SOME);
    digest(blocks, t->fast == t->reference ? bytes : 0);
    t->fast->widen(y, blocks, type, SOME);
    t->reference->widen(expected, blocks, type, SOME);
    claim(same(t, y, expected, SOME), t, "widening blocks of type %d", type);
  }
  room_ends();
}

void grid_conversions(const twins *t) {
  every_half_is_widened_as_by_the_reference(t);
  rounding_is_that_of_the_reference(t);
  tails_are_converted_and_no_more(t);
  blocks_are_what_they_are_everywhere(t);
}
