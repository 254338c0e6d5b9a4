import NIOCore
import RESP

/// A command on its way to a node, and who waits for the reply.
struct Query: Sendable {
  let command: RESPCommand
  let reply: EventLoopPromise<RESPValue>
}
