/* What vector/packed.h holds in registers where a dot product is one instruction of AVX-512. */

/* 24 sums, 2 weights and an input; for blocks 12 sums of numbers, 12 of blocks, 4 weights and an input: four panels, since
 * inputs are then read half as often as for two. */
enum { ROWS_AT_ONCE = 12, PANELS_AT_ONCE = 2, BLOCK_ROWS_AT_ONCE = 3, BLOCK_PANELS_AT_ONCE = 4 };
/* Unpacking goes to other ports than dots, and nibbles take half of the cache. */
enum { UNPACKED_ROWS = INT32_MAX };
/* Asking takes the places of L1 that wait for a line, and the CPU's own streams fill L2: on Zen 4 a row reads its weights
 * at 95 to 100 % of what memory gives without it, at 86 to 95 % with it. */
enum { ASKS_AHEAD = false };
