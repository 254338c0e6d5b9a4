import Testing

/// `#expect` of two values, where getting the first changes something, which a macro cannot do.
func equal<Value: Equatable>(_ found: Value, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(found == expected, sourceLocation: sourceLocation)
}
