/* Every fast kernel against its reference twin, as a program of its own that can be cross-compiled. */
#ifndef LLAVA_GRID_H
#define LLAVA_GRID_H

#include "kernels.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The level that is tried, and the obvious one. */
typedef struct twins {
  const char *name;
  const llava_kernels *fast, *reference;
} twins;

/* Each compares one kind of kernels over sizes around the widths of vectors. */
void grid_conversions(const twins *t);
void grid_elements(const twins *t);
void grid_rows(const twins *t);
void grid_products(const twins *t);
void grid_packed_products(const twins *t);
void grid_attention(const twins *t);
void grid_full_attention(const twins *t);
void grid_machine_rates(const twins *t);

/* Memory until the next room_ends; what is behind it cannot be touched, nor what is before it if it is filled up. */
void *room(size_t bytes, size_t alignment);
float *room_of_floats(size_t count);
void room_ends(void);

/* SplitMix64, with one seed for the whole program: every machine sees the same numbers. */
void random_begins(uint64_t seed);
uint64_t random_word(void);
size_t random_below(size_t bound);
float *random_floats(size_t count, float least, float most);

/* What does not hold is printed and counted; `what` is printf's. */
void claim(bool holds, const twins *t, const char *what, ...) __attribute__((format(printf, 3, 4)));
/* The same bits, and NaN where there is NaN. What the reference gives joins a digest that all machines must agree on. */
bool same(const twins *t, const float *found, const float *expected, size_t count);
void digest(const void *bytes, size_t count);
/* Mean squared error over mean square of what is expected; infinite where anything is NaN. */
double normalized_error(const float *found, const float *expected, size_t count);

/* Twins sum in another order and take exp from another series: a few units in the last place, 2^-24 each, whose squares
 * are below 1e-13. A wrong element in ten thousand is above 1e-5. */
#define NEAR 1e-12

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const size_t GRID_SIZES[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 192, 577};

#endif
