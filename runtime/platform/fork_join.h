// A fork-join pool: a fixed set of threads that compute the same statically split work together and then wait for more.
#ifndef INGOT_RUNTIME_PLATFORM_FORK_JOIN_H
#define INGOT_RUNTIME_PLATFORM_FORK_JOIN_H

#include "runtime/abi/artifact.h"

namespace ingot::rt {

/// A pool of `workers` workers, the calling thread among them; with 1 no thread is made. Fewer where the system refuses
/// threads. Each worker takes a contiguous run of the indices, the same whatever the timing. Used by one thread at a time.
/// Null: no memory.
ingot_pool *makeForkJoinPool(int32_t workers);
/// `pool` comes from makeForkJoinPool; ends its threads.
void destroyForkJoinPool(ingot_pool *pool);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_PLATFORM_FORK_JOIN_H
