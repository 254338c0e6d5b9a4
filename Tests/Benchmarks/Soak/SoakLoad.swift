import Clusters
import Concurrency
import Contracts
import Foundation
import Programs
import RPC
import TestSupport

/// What clients do while processes are soaked.
final class SoakLoad: Sendable {
  /// What one client does next, and how often, in a hundred.
  private enum Deed: String, CaseIterable {
    case askAboutKnown, askAboutNew, askWithoutPicture, sendNoPicture, comeTooLate, cancel, vanish

    var share: Int {
      switch self {
      case .askAboutKnown: 35
      case .askAboutNew: 25
      case .askWithoutPicture: 14
      case .sendNoPicture: 5
      case .comeTooLate, .cancel, .vanish: 7
      }
    }
  }

  private struct Counts {
    var deeds: [Deed: Int] = [:]
    var answered = 0
    var errors: [String: Int] = [:]
    var fault: String?
  }

  private let processes: Processes
  private let seed: UInt64
  private let pictures: [[UInt8]]
  private let texts: [String]
  /// Of each picture, and of none, the first answer.
  private let answers: [String]
  private let counts = Lock(Counts())
  private let fileNumber = Lock(UInt64(0))

  private static let pictureCount = 24
  private static let smallTalk = "Hi"
  /// Questions by one connection at most.
  private static let connectionLength = 30
  /// Of the time that a question took, what its client rests after it.
  private static let rest = 0.5

  /// Asks everything once, undisturbed.
  init(_ processes: Processes, by client: Client, seed: UInt64) async throws {
    self.processes = processes
    self.seed = seed
    let names = try Evaluation.questions().filter { $0.text == Sample.describe }.prefix(Self.pictureCount).map(\.image)
    pictures = try names.map { try Evaluation.image(named: $0) }
    texts = pictures.map { _ in Sample.describe } + [Self.smallTalk]
    var answers: [String] = []
    for index in texts.indices { answers.append(try await Self.ask(client, texts[index], pictures[safe: index])) }
    self.answers = answers
  }

  /// The first answer that was not the right one, or nothing.
  var fault: String? { counts.withLock { $0.fault } }

  var answerCount: Int { counts.withLock { $0.answered } }

  var report: [String] {
    counts.withLock { counts in
      let deeds = counts.deeds.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }
      let errors = counts.errors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      return [
        "done: " + deeds.joined(separator: ", "),
        "\(counts.answered) answers, all as the first; errors: " + errors.joined(separator: ", "),
      ]
    }
  }

  /// What client `number` does until `end`, by one connection after the other.
  func run(_ number: Int, until end: Instant) async throws {
    let clock = SystemClock()
    var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
    while clock.now < end, fault == nil {
      let seed = random.next()
      try await processes.withClient(workerCount: 0) { client in
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Int.random(in: 1...Self.connectionLength, using: &random) where clock.now < end {
          let started = clock.now
          try await self.carryOut(Self.deed(&random), by: client, &random)
          try await clock.sleep(for: (clock.now - started) * Self.rest)
        }
      }
    }
  }

  private static func deed(_ random: inout SeededGenerator) -> Deed {
    var left = Int.random(in: 0..<Deed.allCases.map(\.share).reduce(0, +), using: &random)
    for deed in Deed.allCases {
      left -= deed.share
      if left < 0 { return deed }
    }
    return .askAboutKnown
  }

  private func carryOut(_ deed: Deed, by client: Client, _ random: inout SeededGenerator) async throws {
    counts.withLock { $0.deeds[deed, default: 0] += 1 }
    let index = Int.random(in: pictures.indices, using: &random)
    let pause = Duration.milliseconds(Int64.random(in: 0...300, using: &random))
    switch deed {
    case .askAboutKnown: await compare(index, client, pictures[index])
    case .askAboutNew: await compare(index, client, fresh(pictures[index]))
    case .askWithoutPicture: await compare(texts.count - 1, client, nil)
    case .sendNoPicture: await compare(index, client, Array("no picture".utf8))
    case .comeTooLate: await compare(index, client, fresh(pictures[index]), within: pause)
    case .cancel: try await leave(index, client, after: pause)
    case .vanish: try await vanish(index, after: pause)
    }
  }

  private func fresh(_ picture: [UInt8]) -> [UInt8] {
    picture.commented(
      fileNumber.withLock { number in
        number += 1
        return number
      })
  }

  private func compare(_ index: Int, _ client: Client, _ picture: [UInt8]?, within limit: Duration? = nil) async {
    do {
      let answer = try await Self.ask(client, texts[index], picture, within: limit)
      counts.withLock { counts in
        counts.answered += 1
        if answer != answers[index] { counts.fault = "'\(answer)' instead of '\(answers[index])'" }
      }
    } catch {
      counts.withLock { $0.errors["\(ServiceError(error).code)", default: 0] += 1 }
    }
  }

  /// Asks, and has stopped to listen after a while.
  private func leave(_ index: Int, _ client: Client, after pause: Duration) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await self.compare(index, client, self.fresh(self.pictures[index])) }
      try await SystemClock().sleep(for: pause)
      group.cancelAll()
    }
  }

  /// Asks by a process of its own, which is killed after a while.
  private func vanish(_ index: Int, after pause: Duration) async throws {
    let file = fresh(pictures[index])
    let name = "client-\(file[6..<14].map { "\($0)" }.joined())"
    try Data(file).write(to: URL(fileURLWithPath: processes.path(name)))
    try processes.start(
      name, "llava", ["ask", "--gateway", processes.address("gateway"), processes.path(name), texts[index]])
    try await SystemClock().sleep(for: pause)
    let processes = processes
    await BlockingThread.run { processes.kill(name) }
    try FileManager.default.removeItem(atPath: processes.path(name))
  }

  private static func ask(
    _ client: Client, _ text: String, _ picture: [UInt8]?, within limit: Duration? = nil
  ) async throws -> String {
    let images = picture.map { [$0] } ?? []
    let parts: [Part] = images.isEmpty ? [.text(text)] : [.image(0), .text(text)]
    let request = AskRequest(turns: [Turn(.user, parts)], imageByteCounts: images.map(\.count), tokenLimit: 160)
    let deadline = limit.map { SystemClock().now + $0 } ?? .distantFuture
    let said = Lock("")
    let finished = try await client.gateway.ask(request, images: images, in: client.context(deadline: deadline)) {
      if case .token(let token) = $0 { said.withLock { $0 += token.text } }
    }
    return said.withLock { $0 } + finished.finished.text
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
