import Foundation
import TestSupport

/// What processes that were started with `showing` say of themselves.
extension Processes {
  /// Flags that have a process show its numbers, at a port that its log names, and write its log as JSON.
  package static let showing = ["--metrics", "127.0.0.1:0", "--log-format", "json"]

  /// A line of a log.
  package struct LogLine: Decodable {
    package var time: String
    package var level: String
    package var program: String
    package var message: String
    package var trace: String?
    package var metadata: [String: String]?
  }

  package struct Unanswered: Error, CustomStringConvertible {
    package let description: String
  }

  /// Every line that has been written whole; throws where one is no JSON.
  package func log(of name: String) throws -> [LogLine] {
    let lines = try errorText(name).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return try lines.map { try JSONDecoder().decode(LogLine.self, from: Data($0.utf8)) }
  }

  /// The port of its probes, once it has said it: in the first line of its log. Throws where it ends without.
  private func port(of name: String) throws -> Int {
    while true {
      let isRunning = isRunning(name)
      let addresses = try log(of: name).lazy.compactMap { $0.metadata?["address"] }
      if let port = addresses.first?.split(separator: ":").last.flatMap({ Int($0) }) { return port }
      guard isRunning else { throw Unanswered(description: "\(name) has ended: \(try errorText(name))") }
    }
  }

  package func get(_ path: String, from name: String) throws -> (status: Int, body: String) {
    let answer = RawRequest("GET \(path) HTTP/1.0\r\n\r\n", at: try port(of: name)).blockingAnswer()
    guard let status = answer.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
      let head = answer.firstRange(of: "\r\n\r\n")
    else { throw Unanswered(description: "\(name) answered \(path) with '\(answer)'") }
    return (status, String(answer[head.upperBound...]))
  }

  /// Its metrics, by name and labels as they are written.
  package func numbers(of name: String) throws -> [String: Double] {
    let body = try get("/metrics", from: name).body
    let pairs = body.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), Double($0[1]) ?? .nan) })
  }
}
