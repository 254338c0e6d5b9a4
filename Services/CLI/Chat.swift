import Concurrency
import Contracts
import Launch
import RPC
import Tokenizer
import UnixSignals

/// The conversation in a terminal.
///
/// Ctrl-C stops an answer and not the program; at the prompt it takes two, or Ctrl-D.
struct Chat {
  static let usage = """
      /image PATH   show one more picture with the next question
      /reset        forget everything that was said and shown
      /help         this
      /exit         leave, as Ctrl-D does; Ctrl-C stops an answer, and twice at the prompt leaves
    """

  private let session: Session
  private let question: ([Turn], [[UInt8]]) -> Question
  private let format: ResponseFormat
  private let reader: LineReader
  private let output: Output
  private let notes: Output
  private var conversation = Conversation()
  private var told: Set<String> = []

  init(
    _ session: Session, images: [[UInt8]], question: @escaping ([Turn], [[UInt8]]) -> Question, format: ResponseFormat,
    reader: LineReader = LineReader(), output: Output = .standardOutput, notes: Output = .standardError
  ) {
    self.session = session
    self.question = question
    self.format = format
    self.reader = reader
    self.output = output
    self.notes = notes
    for image in images { conversation.show(image) }
  }

  mutating func run() async throws {
    // As long as this is here, an interrupt never meets the default action, which would end the program.
    let interruptTrap = await UnixSignalsSequence(trapping: .sigint)
    defer { withExtendedLifetime(interruptTrap) {} }
    if notes.isTerminal { notes.say("Ask about the picture. /help lists the commands.") }
    var interrupts = 0
    while interrupts < 2 {
      if notes.isTerminal { try? notes.write("> ") }  // a prompt is only a courtesy
      let line: LineReader.Line
      do {
        line = try await untilInterrupt { [reader] in try await reader.next() }
      } catch let error as LaunchError where error.code == .interrupted {
        interrupts += 1
        if interrupts < 2 { notes.say("\n(Ctrl-C again or Ctrl-D leaves)") }
        continue
      }
      interrupts = 0
      guard case .text(let text) = line, try await take(text) else { break }
    }
    if notes.isTerminal { notes.say("") }
  }

  /// Does what a line asks for; returns whether the conversation goes on.
  private mutating func take(_ line: String) async throws -> Bool {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    switch words.first {
    case nil: break
    case "/exit", "/quit": return false
    case "/help": notes.say(Self.usage)
    case "/reset":
      conversation = Conversation()
      notes.say("Everything is forgotten; show a picture with /image PATH.")
    case "/image": show(words.count == 2 ? words[1].trimmingSpaces : "")
    case .some(let word) where word.hasPrefix("/"): notes.say("There is no command \(word).\n\(Self.usage)")
    case .some: try await ask(line)
    }
    return true
  }

  private mutating func show(_ path: String) {
    guard !path.isEmpty else { return notes.say("expected /image PATH") }
    do throws(LaunchError) {
      conversation.show(try imageFile(at: path))
      notes.say("The next question is about \(path), too.")
    } catch {
      notes.say(error.message)
    }
  }

  /// A failure is told, and the question forgotten; an answer that is stopped stays as far as it came.
  private mutating func ask(_ text: String) async throws {
    conversation.ask(format.asking(text))
    let question = question(conversation.turns, conversation.images)
    let view = AnswerView(isStreaming: true, output: output, progress: notes)
    do {
      let finished = try await untilInterrupt { [session] in try await session.ask(question) { try view.take($0) } }
      try view.finish(finished)
      conversation.answer(view.answer.text)
      for notice in finished.notices where told.insert(notice).inserted { notes.say(notice) }
    } catch let error as LaunchError where error.code == .interrupted {
      try view.abandon()
      notes.say("(stopped)")
      if view.answer.text.isEmpty {
        conversation.retract(keepingImages: true)
      } else {
        conversation.answer(view.answer.text)
      }
    } catch let error as ServiceError {
      try view.abandon()
      notes.say(error.message)
      conversation.retract(keepingImages: ![.unsupportedImage, .tooLarge].contains(error.code))
    }
  }
}

extension String {
  var trimmingSpaces: String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
