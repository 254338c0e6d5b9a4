#include "grid.h"
#include <string.h>

void grid_rows(const twins *t) {
  enum { ROWS = 3 };
  const llava_kernels *fast = t->fast, *slow = t->reference;
  for (size_t s = 0; s < COUNT(GRID_SIZES); s++) {
    size_t columns = GRID_SIZES[s], count = ROWS * columns;
    float *x = random_floats(count, -3, 5), *weight = random_floats(columns, -1, 1), *bias = random_floats(columns, -1, 1);
    float *y = room_of_floats(count), *z = room_of_floats(count);
    fast->rms_norm(y, x, weight, 1e-5f, ROWS, columns), slow->rms_norm(z, x, weight, 1e-5f, ROWS, columns);
    claim(normalized_error(y, z, count) < NEAR, t, "rms norm of %zu", columns);
    fast->layer_norm(y, x, weight, bias, 1e-5f, ROWS, columns);
    slow->layer_norm(z, x, weight, bias, 1e-5f, ROWS, columns);
    claim(normalized_error(y, z, count) < NEAR, t, "layer norm of %zu", columns);
    memcpy(y, x, 4 * count), memcpy(z, x, 4 * count);
    fast->softmax(y, 0.7f, ROWS, columns), slow->softmax(z, 0.7f, ROWS, columns);
    claim(normalized_error(y, z, count) < NEAR, t, "softmax of %zu", columns);
    memcpy(y, x, 4 * count), memcpy(z, x, 4 * count);
    fast->add_bias(y, bias, ROWS, columns, columns), slow->add_bias(z, bias, ROWS, columns, columns);
    claim(same(t, y, z, count), t, "bias of %zu", columns);
    room_ends();
  }
}
