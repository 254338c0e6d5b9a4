import Foundation

/// The part of the demonstration model's evaluation set that is in the repository.
package enum Evaluation {
  package struct Question: Decodable {
    package var questionId: Int
    package var image: String
    package var text: String
    package var answer: String
    /// Place of the picture in the set.
    package var imageIndex: Int { Int(image.prefix(4)) ?? -1 }
  }

  package struct Reference: Decodable {
    package var questionId: Int
    package var text: String
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  private static let folder = TestModel.root.appendingPathComponent("deploy/models/demo/eval")

  private static func lines<Value: Decodable>(_ name: String) throws -> [Value] {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8).split(separator: "\n")
      .map { try Self.decoder.decode(Value.self, from: Data($0.utf8)) }
  }

  package static func questions() throws -> [Question] { try lines("question.jsonl") }
  package static func references() throws -> [Int: String] {
    Dictionary(uniqueKeysWithValues: (try lines("answers.jsonl") as [Reference]).map { ($0.questionId, $0.text) })
  }

  package static func image(named name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent("images/\(name)")))
  }

  package static func image(_ index: Int) throws -> [UInt8] {
    guard let name = try questions().first(where: { $0.imageIndex == index })?.image else { return [] }
    return try image(named: name)
  }
}
