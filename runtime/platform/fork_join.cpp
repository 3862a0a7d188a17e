#include "runtime/platform/fork_join.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/platform/memory.h"

namespace ingot::rt {
namespace {

/// Looks at a word before a thread sleeps; about 20-50 microseconds, longer than the gap between two commands.
constexpr int spins = 1000;
constexpr uint64_t cacheLine = 64;
// Of the futex of one process. Not every C library comes with the kernel's headers.
constexpr int futexWait = 0 | 128, futexWake = 1 | 128;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void sleepWhile(uint32_t *word, uint32_t value) { syscall(SYS_futex, word, futexWait, value, nullptr, nullptr, 0); }

void wake(uint32_t *word, int32_t threads) { syscall(SYS_futex, word, futexWake, threads, nullptr, nullptr, 0); }

uint32_t load(uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

struct Pool;

struct Worker {
  Pool *pool;
  int32_t number;
  pthread_t thread;
};

struct Pool {
  ingot_pool base; // first: an ingot_pool * of ours is a Pool *
  Worker *workers; // [0] is the caller

  // The work of the current round; written before `round` advances.
  void (*task)(void *data, int64_t index, int32_t worker);
  void *data;
  int64_t count;
  bool ending;

  alignas(cacheLine) uint32_t round;    // advances once per parallel_for
  alignas(cacheLine) uint32_t sleepers; // workers asleep on `round`
  alignas(cacheLine) uint32_t busy;     // workers that have not finished the round
  alignas(cacheLine) uint32_t waiting;  // the caller sleeps on `busy`
};

void computeShare(const Pool &pool, int32_t worker) {
  const int64_t workers = pool.base.workers, each = pool.count / workers, more = pool.count % workers;
  const int64_t begin = worker * each + (worker < more ? worker : more);
  const int64_t end = begin + each + (worker < more ? 1 : 0);
  for (int64_t i = begin; i < end; ++i)
    pool.task(pool.data, i, worker);
}

void *work(void *argument) {
  const Worker &self = *static_cast<Worker *>(argument);
  Pool &pool = *self.pool;
  for (uint32_t seen = 0;;) {
    for (int i = 0; i < spins && load(&pool.round) == seen; ++i)
      relax();
    if (load(&pool.round) == seen) {
      __atomic_fetch_add(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
      while (load(&pool.round) == seen)
        sleepWhile(&pool.round, seen);
      __atomic_fetch_sub(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
    }
    ++seen;
    if (pool.ending)
      return nullptr;
    computeShare(pool, self.number);
    if (__atomic_sub_fetch(&pool.busy, 1, __ATOMIC_SEQ_CST) == 0 && load(&pool.waiting) != 0)
      wake(&pool.busy, 1);
  }
}

void startRound(Pool &pool) {
  __atomic_fetch_add(&pool.round, 1, __ATOMIC_SEQ_CST);
  if (load(&pool.sleepers) != 0)
    wake(&pool.round, INT32_MAX);
}

void parallelFor(void *context, int64_t count, void (*task)(void *, int64_t, int32_t), void *data) {
  Pool &pool = *static_cast<Pool *>(context);
  pool.task = task;
  pool.data = data;
  pool.count = count;
  if (pool.base.workers == 1) {
    computeShare(pool, 0);
    return;
  }
  __atomic_store_n(&pool.busy, static_cast<uint32_t>(pool.base.workers - 1), __ATOMIC_SEQ_CST);
  startRound(pool);
  computeShare(pool, 0);
  for (int i = 0; i < spins && load(&pool.busy) != 0; ++i)
    relax();
  if (load(&pool.busy) == 0)
    return;
  __atomic_store_n(&pool.waiting, 1, __ATOMIC_SEQ_CST);
  for (uint32_t left = load(&pool.busy); left != 0; left = load(&pool.busy))
    sleepWhile(&pool.busy, left);
  __atomic_store_n(&pool.waiting, 0, __ATOMIC_SEQ_CST);
}

} // namespace

ingot_pool *makeForkJoinPool(int32_t workers) {
  constexpr int32_t most = 4096;
  workers = workers < 1 ? 1 : workers > most ? most : workers;
  Pool *pool = static_cast<Pool *>(allocateAligned(sizeof(Pool), cacheLine));
  Worker *records = allocateArray<Worker>(static_cast<uint64_t>(workers));
  if (!pool || !records) {
    releaseAligned(pool);
    releaseArray(records);
    return nullptr;
  }
  *pool = Pool{};
  pool->base.struct_size = sizeof(ingot_pool);
  pool->base.context = pool;
  pool->base.parallel_for = parallelFor;
  pool->workers = records;
  int32_t started = 1;
  for (; started < workers; ++started) {
    records[started] = Worker{pool, started, {}};
    if (pthread_create(&records[started].thread, nullptr, work, &records[started]) != 0)
      break;
  }
  pool->base.workers = started; // read by the threads only after the first round starts
  return &pool->base;
}

void destroyForkJoinPool(ingot_pool *base) {
  Pool *pool = reinterpret_cast<Pool *>(base);
  if (!pool)
    return;
  pool->ending = true;
  startRound(*pool);
  for (int32_t i = 1; i < base->workers; ++i)
    pthread_join(pool->workers[i].thread, nullptr);
  releaseArray(pool->workers);
  releaseAligned(pool);
}

} // namespace ingot::rt
