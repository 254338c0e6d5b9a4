#include "grid.h"
#include <string.h>

/* Sums of ones are exact, so a sum that is a whole number of turns was really added up. */
static void multiply_adds_are_as_many_as_their_turns(const twins *t) {
  for (llava_arithmetic arithmetic = LLAVA_FP32_FMA; arithmetic <= LLAVA_INT8_DOT; arithmetic++) {
    double none, one, many;
    t->fast->multiply_adds(&none, arithmetic, 0);
    t->fast->multiply_adds(&one, arithmetic, 1);
    t->fast->multiply_adds(&many, arithmetic, 1000);
    claim(none == 0 && many == 1000 * one, t, "multiply-adds %d: %g, %g, %g", arithmetic, none, one, many);
    bool pairs = t->fast->level == LLAVA_AVX512_BF16 || t->fast->level == LLAVA_I8MM;
    bool no_bytes = t->fast == t->reference || t->fast->level == LLAVA_AVX512 || t->fast->level == LLAVA_NEON;
    bool has = arithmetic == LLAVA_BF16_DOT ? pairs : arithmetic == LLAVA_INT8_DOT ? !no_bytes : true;
    claim((one > 0) == has, t, "multiply-adds %d: %g in a turn", arithmetic, one);
  }
}

void grid_machine_rates(const twins *t) {
  multiply_adds_are_as_many_as_their_turns(t);
  for (size_t s = 0; s < COUNT(GRID_SIZES); s++) {
    const float *x = random_floats(GRID_SIZES[s], -1, 1);
    uint32_t found, expected;
    t->fast->read_words(&found, x, GRID_SIZES[s]);
    t->reference->read_words(&expected, x, GRID_SIZES[s]);
    claim(found == expected, t, "reading %zu words", GRID_SIZES[s]);
    room_ends();
  }
}
