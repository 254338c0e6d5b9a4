import Contracts
import Glibc
import Testing

@testable import CLI

struct ChatTests {
  @Test func picturesComeWithTheQuestionAfterThem() {
    var conversation = Conversation()
    conversation.show([1])
    conversation.show([2])
    conversation.ask("a")
    conversation.answer("b")
    conversation.ask("c")
    conversation.answer("d")
    conversation.show([3])
    conversation.ask("e")
    #expect(
      conversation.turns == [
        Turn(.user, [.image(0), .image(1), .text("a")]), Turn(.assistant, [.text("b")]), Turn(.user, [.text("c")]),
        Turn(.assistant, [.text("d")]), Turn(.user, [.image(2), .text("e")]),
      ])
    #expect(conversation.images == [[1], [2], [3]])
  }

  @Test func aQuestionThatFailedIsForgottenAndItsPicturesWait() {
    var conversation = Conversation()
    conversation.show([1])
    conversation.ask("a")
    conversation.retract(keepingImages: true)
    #expect(conversation.turns.isEmpty)
    conversation.ask("b")
    #expect(conversation.turns == [Turn(.user, [.image(0), .text("b")])])
  }

  @Test func aPictureThatIsNoneIsForgottenWithItsQuestion() {
    var conversation = Conversation()
    conversation.show([1])
    conversation.ask("a")
    conversation.answer("b")
    conversation.show([2])
    conversation.ask("c")
    conversation.retract(keepingImages: false)
    conversation.ask("d")
    #expect(conversation.images == [[1]])
    #expect(conversation.turns.last == Turn(.user, [.text("d")]))
  }

  @Test func linesAreReadWhereverTheyAreCut() async throws {
    var ends: [Int32] = [0, 0]
    // Processes that other tests start meanwhile would keep the end of it open.
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
    defer { close(ends[0]) }
    let reader = LineReader(descriptor: ends[0])
    #expect(write(ends[1], "one\ntwo\n\nthr", 12) == 12)
    #expect(try await reader.next() == .text("one"))
    #expect(try await reader.next() == .text("two"))
    #expect(try await reader.next() == .text(""))
    #expect(write(ends[1], "ee", 2) == 2)
    close(ends[1])
    #expect(try await reader.next() == .text("three"))
    #expect(try await reader.next() == .end)
  }

  @Test func waitingForALineEndsWhenItsTaskIsCancelled() async throws {
    var ends: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let reader = LineReader(descriptor: ends[0])
    #expect(write(ends[1], "half", 4) == 4)
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await reader.next() }
      group.cancelAll()
      await #expect(throws: CancellationError.self) { try await group.next() }
    }
    #expect(write(ends[1], "whole\n", 6) == 6)
    let line = try await reader.next()
    // What had been typed is gone, unless the cancellation came before it was read.
    #expect(line == .text("whole") || line == .text("halfwhole"))
  }
}
