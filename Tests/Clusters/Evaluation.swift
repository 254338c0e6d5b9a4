import Foundation

/// The part of a demonstration model's evaluation set that is in the repository.
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

  private static func file(_ name: String, of model: String) -> URL {
    URL(fileURLWithPath: model).appendingPathComponent("eval/\(name)")
  }

  private static func lines<Value: Decodable>(_ name: String, of model: String) throws -> [Value] {
    try String(contentsOf: file(name, of: model), encoding: .utf8).split(separator: "\n")
      .map { try Self.decoder.decode(Value.self, from: Data($0.utf8)) }
  }

  package static func questions(of model: String = TestModel.demo) throws -> [Question] {
    try lines("question.jsonl", of: model)
  }
  package static func references(of model: String = TestModel.demo) throws -> [Int: String] {
    Dictionary(
      uniqueKeysWithValues: (try lines("answers.jsonl", of: model) as [Reference]).map { ($0.questionId, $0.text) })
  }

  package static func image(named name: String, of model: String = TestModel.demo) throws -> [UInt8] {
    Array(try Data(contentsOf: file("images/\(name)", of: model)))
  }

  package static func image(_ index: Int) throws -> [UInt8] {
    guard let name = try questions().first(where: { $0.imageIndex == index })?.image else { return [] }
    return try image(named: name)
  }
}
