import Concurrency

/// The store of rows, and the thread that waits for its disk.
struct KeptPrefixes: Sendable {
  let store: any PrefixStore
  let disk: any ComputeThread
  let queue = PrefixQueue()
}
