import Concurrency
import Glibc

/// Finds the machines behind a name. A seam of tests, which script it.
public protocol Resolving: Sendable {
  /// The addresses that `host` has now, as numbers, in any order. Throws where the name leads nowhere.
  func addresses(of host: String) async throws -> [String]
}

/// Why a name could not be resolved.
public struct MemberError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable { case unresolved }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// The system's resolver: the hosts file, DNS, and whatever else the machine is told to ask.
public struct SystemResolver: Resolving {
  public init() {}

  /// Waits for the system on a thread of its own, and no longer once the task is cancelled.
  public func addresses(of host: String) async throws -> [String] {
    try await BlockingThread.runUnlessCancelled { Self.lookUp(host) }.get()
  }

  private static func lookUp(_ host: String) -> Result<[String], MemberError> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first = hints.ai_next
    let code = getaddrinfo(host, nil, &hints, &first)
    guard code == 0 else {
      let reason = code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code))
      return .failure(MemberError(.unresolved, "cannot resolve '\(host)': \(reason)"))
    }
    defer { freeaddrinfo(first) }
    var numbers: [String] = []
    var next = first
    while let entry = next?.pointee {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
        numbers.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      next = entry.ai_next
    }
    return .success(numbers)
  }
}
