#include "grid.h"
#include <math.h>
#include <string.h>

static void at(const twins *t, size_t count) {
  const llava_kernels *fast = t->fast, *slow = t->reference;
  float *a = random_floats(count, -12, 12), *b = random_floats(count, -1, 1);
  float *y = room_of_floats(count), *z = room_of_floats(count);
  fast->add(y, a, b, count), slow->add(z, a, b, count);
  claim(same(t, y, z, count), t, "add %zu", count);
  fast->swish(y, a, 1.702f, count), slow->swish(z, a, 1.702f, count);
  claim(normalized_error(y, z, count) < NEAR, t, "swish %zu", count);
  fast->gated_silu(y, a, b, count), slow->gated_silu(z, a, b, count);
  claim(normalized_error(y, z, count) < NEAR, t, "gated silu %zu", count);
  fast->gelu(y, a, count), slow->gelu(z, a, count);
  claim(normalized_error(y, z, count) < NEAR, t, "gelu %zu", count);
  fast->gelu_tanh(y, a, count), slow->gelu_tanh(z, a, count);
  claim(normalized_error(y, z, count) < NEAR, t, "gelu tanh %zu", count);

  float *x = random_floats(3 * 2 * count, -1, 1), *copy = room_of_floats(3 * 2 * count);
  memcpy(copy, x, 4 * 3 * 2 * count);
  fast->rotate(x, a, b, 3, count), slow->rotate(copy, a, b, 3, count);
  claim(normalized_error(x, copy, 3 * 2 * count) < NEAR, t, "rotate %zu", count);
  room_ends();
}

static void activations_hold_their_absolute_error(const twins *t) {
  enum { SOME = 40000 };
  float *x = room_of_floats(SOME), *y = room_of_floats(SOME), *z = room_of_floats(SOME);
  for (int i = 0; i < SOME; i++) x[i] = (float)(i - SOME / 2) * 0.005f;
  t->fast->gelu(y, x, SOME), t->reference->gelu(z, x, SOME);
  /* 2e-7 of erf, which x / 2 multiplies, and rounding of the product */
  for (int i = 0; i < SOME; i++) claim(fabsf(y[i] - z[i]) <= 2e-7f * fmaxf(1, fabsf(x[i])), t, "gelu of %g", x[i]);
  t->fast->swish(y, x, 1, SOME), t->reference->swish(z, x, 1, SOME);
  for (int i = 0; i < SOME; i++) claim(fabsf(y[i] - z[i]) <= 4e-7f * fmaxf(1, fabsf(x[i])), t, "silu of %g", x[i]);
  float odd[4] = {NAN, INFINITY, -1e30f, 1e30f};
  t->fast->swish(odd, odd, 1, 4);
  claim(isnan(odd[0]) && odd[1] == INFINITY && fabsf(odd[2]) < 1e-6f && odd[3] == 1e30f, t, "silu of its limits");
  room_ends();
}

void grid_elements(const twins *t) {
  for (size_t s = 0; s < COUNT(GRID_SIZES); s++) at(t, GRID_SIZES[s]);
  activations_hold_their_absolute_error(t);
}
