#define _GNU_SOURCE
#include "pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  SPIN_NANOSECONDS = 20 * 1000, /* about two wakes of a parked thread */
  PAUSES_PER_LOOK = 32,         /* between two looks at the clock */
};

/* The gate of a loop: this bit while workers may enter, and below it the number of workers inside. */
static const uint32_t open_bit = 1u << 31;

typedef struct worker {
  llava_pool *pool;
  pthread_t thread;
  size_t number;
} worker;

struct llava_pool {
  /* The loop. Written by the caller only while the gate is shut and nobody is inside. */
  llava_pool_body body;
  void *context;
  size_t count;
  _Alignas(64) _Atomic size_t next;

  _Alignas(64) _Atomic uint32_t gate;
  _Atomic uint32_t caller_parked;
  _Atomic uint32_t in_use;
  _Atomic uint32_t stopping;
  _Alignas(64) _Atomic uint32_t generation; /* of the loop; parked workers wait for it to change */
  _Atomic uint32_t parked;
  _Atomic size_t loops;

  size_t worker_count;
  worker workers[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Spins until *word is no longer `value`, for as long as spinning pays. */
static void spin_while(_Atomic uint32_t *word, uint32_t value) {
  int64_t end = nanoseconds() + SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < PAUSES_PER_LOOK; i++) {
      if (atomic_load(word) != value) return;
      pause_briefly();
    }
  } while (nanoseconds() < end);
}

static void work(llava_pool *pool, size_t number) {
  size_t index;
  while ((index = atomic_fetch_add(&pool->next, 1)) < pool->count) pool->body(pool->context, index, number);
}

/* Goes inside if the gate is open. */
static int enter(llava_pool *pool) {
  uint32_t gate = atomic_load(&pool->gate);
  while (gate & open_bit)
    if (atomic_compare_exchange_weak(&pool->gate, &gate, gate + 1)) return 1;
  return 0;
}

static void leave(llava_pool *pool) {
  uint32_t before = atomic_fetch_sub(&pool->gate, 1);
  if (before == 1 && atomic_load(&pool->caller_parked)) futex_wake_all(&pool->gate);
}

static void *serve(void *argument) {
  worker *self = argument;
  llava_pool *pool = self->pool;
  uint32_t seen = 0;
  for (;;) {
    spin_while(&pool->generation, seen);
    atomic_fetch_add(&pool->parked, 1);
    while (atomic_load(&pool->generation) == seen) futex_wait(&pool->generation, seen);
    atomic_fetch_sub(&pool->parked, 1);
    seen = atomic_load(&pool->generation);
    if (atomic_load(&pool->stopping)) return NULL;
    if (enter(pool)) {
      work(pool, self->number);
      leave(pool);
    }
  }
}

static void announce(llava_pool *pool) {
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->parked)) futex_wake_all(&pool->generation);
}

/* Waits until the last worker is out of the shut gate. */
static void wait_until_empty(llava_pool *pool) {
  for (uint32_t gate; (gate = atomic_load(&pool->gate)) != 0;) {
    spin_while(&pool->gate, gate);
    atomic_store(&pool->caller_parked, 1);
    gate = atomic_load(&pool->gate);
    if (gate) futex_wait(&pool->gate, gate);
    atomic_store(&pool->caller_parked, 0);
  }
}

void llava_pool_run(llava_pool *pool, llava_pool_body body, void *context, size_t count) {
  if (pool->worker_count == 0 || count < 2 || atomic_exchange(&pool->in_use, 1)) {
    for (size_t index = 0; index < count; index++) body(context, index, 0);
    return;
  }
  pool->body = body;
  pool->context = context;
  pool->count = count;
  atomic_fetch_add(&pool->loops, 1);
  atomic_store(&pool->next, 0);
  atomic_store(&pool->gate, open_bit);
  announce(pool);
  work(pool, 0);
  atomic_fetch_and(&pool->gate, ~open_bit);
  wait_until_empty(pool);
  atomic_store(&pool->in_use, 0);
}

size_t llava_pool_loops(llava_pool *pool) { return atomic_load(&pool->loops); }

size_t llava_pool_parked(llava_pool *pool) { return atomic_load(&pool->parked); }

llava_pool *llava_pool_create(size_t threads) {
  size_t count = threads > 0 ? threads - 1 : 0;
  size_t size = (sizeof(llava_pool) + count * sizeof(worker) + 63) / 64 * 64;
  llava_pool *pool = aligned_alloc(64, size);
  if (!pool) return NULL;
  *pool = (llava_pool){0};
  for (size_t i = 0; i < count; i++) {
    worker *w = &pool->workers[i];
    *w = (worker){.pool = pool, .number = i + 1};
    if (pthread_create(&w->thread, NULL, serve, w)) {
      llava_pool_destroy(pool);
      return NULL;
    }
    pool->worker_count++;
  }
  return pool;
}

void llava_pool_destroy(llava_pool *pool) {
  atomic_store(&pool->stopping, 1);
  announce(pool);
  for (size_t i = 0; i < pool->worker_count; i++) pthread_join(pool->workers[i].thread, NULL);
  free(pool);
}
