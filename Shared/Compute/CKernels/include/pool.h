/*
 * A fork-join pool of threads for loops of microseconds to milliseconds.
 *
 * Workers spin for about 20 us after a loop, since the next one usually follows at once, and then park on a futex:
 * an idle pool uses no CPU. The caller works too and never waits for a worker that has not begun, so a busy machine
 * slows a loop down but does not stop it.
 */
#ifndef LLAVA_POOL_H
#define LLAVA_POOL_H

#include <stddef.h>

typedef struct llava_pool llava_pool;

/* One index of a loop. `worker` is below the pool's thread count, and no two calls at a time have the same. */
typedef void (*llava_pool_body)(void *context, size_t index, size_t worker);

/* A pool of `threads` threads, the caller of llava_pool_run being one of them; NULL if they cannot be started. */
llava_pool *llava_pool_create(size_t threads);

/* Calls body(context, index, worker) once for each index below count, in any order, and returns when all are done.
 * Everything written before the call is seen by the body, and everything the body writes is seen after it.
 * From inside a body, or while another thread is in a loop, a loop still runs: all of it on the calling thread, as
 * worker 0 of its own. So memory that belongs to a worker must belong to one loop. */
void llava_pool_run(llava_pool *pool, llava_pool_body body, void *context, size_t count);

/* Loops that were divided among the threads, since the start. */
size_t llava_pool_loops(llava_pool *pool);

/* Workers that have gone to sleep: all of them, soon after a loop that no other follows. */
size_t llava_pool_parked(llava_pool *pool);

/* Stops and joins the threads. No loop may be running. */
void llava_pool_destroy(llava_pool *pool);

#endif
