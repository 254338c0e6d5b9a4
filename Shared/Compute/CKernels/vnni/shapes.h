/* What vector/packed.h holds in registers where a dot product is one instruction of AVX-512. */

/* 24 sums, 2 weights and an input; for blocks 12 sums of numbers, 12 of blocks, 4 weights and an input: four panels, since
 * inputs are then read half as often as for two. */
enum { ROWS_AT_ONCE = 12, PANELS_AT_ONCE = 2, BLOCK_ROWS_AT_ONCE = 3, BLOCK_PANELS_AT_ONCE = 4 };
/* Unpacking goes to other ports than dots, and nibbles take half of the cache. */
enum { UNPACKED_ROWS = INT32_MAX };

#define LLAVA_HAS_FEW_ROWS
/* A row leaves memory to the CPU's own streams, of which four fill L2 faster than two: on Zen 4 it reads its weights at 95 to
 * 100 % of what memory gives. More than three rows have time to compute meanwhile if each panel comes to all of them at once,
 * which is six rows by two panels, and if it is asked for: into L2, since in L1 asking takes the places that wait for a line.
 * Of four rows from memory that gives 1.2 times (Q4_0) and 1.1 to 1.3 times (Q8_0) as many products, of 16 rows 1.07 and 1.2
 * times; of one row it would give four fifths. Two and three rows gain by asking for nibbles, and lose by asking for bytes. */
enum { MOST_FEW_ROWS = 24, FEW_ROWS_AT_ONCE = 6, FEW_PANELS_AT_ONCE = 2, ASK_LOCALITY = 2 };
VECTOR bool are_few(size_t rows) { return rows > BLOCK_ROWS_AT_ONCE && rows <= MOST_FEW_ROWS; }
VECTOR bool asks_ahead(bool blocks, bool nibbles, size_t rows) {
  return blocks && rows > (nibbles ? 1 : BLOCK_ROWS_AT_ONCE) && rows <= MOST_FEW_ROWS;
}
