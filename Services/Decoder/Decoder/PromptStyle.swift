import Checkpoint
import Contracts
import RPC
import Tokenizer

/// What a prompt is made as.
struct PromptStyle: Sendable, Equatable {
  /// Whose behaviour.
  let reference: Reference
  let template: PromptTemplate
}

/// The styles of a model, and of those who ask otherwise.
struct PromptStyles: Sendable {
  private let reference: Reference
  private let templates: [Reference: PromptTemplate]

  /// `template` is for all who do not name one; without it the model's files decide, and throw where theirs is unknown.
  init(_ checkpoint: Checkpoint, reference: Reference, template: PromptTemplate?) throws {
    self.reference = reference
    var templates: [Reference: PromptTemplate] = [:]
    for reference in Reference.allCases {
      templates[reference] = try template ?? PromptTemplate(of: checkpoint, as: reference.behaviour)
    }
    self.templates = templates
  }

  func style(for request: GenerateRequest) throws(ServiceError) -> PromptStyle {
    let reference = request.reference ?? reference
    guard let name = request.template else {
      return PromptStyle(reference: reference, template: templates[reference] ?? .vicunaV1)
    }
    guard let template = PromptTemplate(rawValue: name) else {
      throw ServiceError(
        .invalidRequest,
        "template '\(name)': expected one of \(PromptTemplate.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return PromptStyle(reference: reference, template: template)
  }
}

extension Reference {
  var behaviour: PromptBehaviour {
    switch self {
    case .original: .original
    case .transformers: .transformers
    }
  }
}
