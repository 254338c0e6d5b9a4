import Testing

@testable import RPC

struct ServiceErrorTests {
  private func crossed(_ error: ServiceError) -> ServiceError {
    ServiceError(number: error.code.rawValue, encoded: error.encoded)
  }

  @Test(arguments: ServiceError.Code.allCases) func codeMessageAndRetryAfterCross(_ code: ServiceError.Code) {
    let error = ServiceError(code, "größer als erlaubt", retryAfter: .milliseconds(1500))
    #expect(crossed(error) == error)
    #expect(crossed(ServiceError(code, "")) == ServiceError(code, ""))
  }

  @Test func aRestOfAMillisecondIsNotRoundedToNothing() {
    #expect(crossed(ServiceError(.overloaded, "", retryAfter: .nanoseconds(1))).retryAfter == .milliseconds(1))
    #expect(crossed(ServiceError(.overloaded, "", retryAfter: .seconds(1 << 40))).retryAfter != nil)
    #expect(crossed(ServiceError(.overloaded, "", retryAfter: .seconds(-1))).retryAfter == nil)
  }

  @Test func aLongMessageIsCut() {
    let error = crossed(ServiceError(.internalFailure, String(repeating: "a", count: 10_000)))
    #expect(error.message == String(repeating: "a", count: Limits.errorMessageByteCount))
  }

  @Test func anUnknownNumberIsAnInternalFailure() {
    #expect(ServiceError(number: 999, encoded: [0, 0, 0, 0, 104, 105]) == ServiceError(.internalFailure, "hi"))
  }

  @Test(arguments: [[], [1], [1, 0, 0], [0, 0, 0, 0, 0xff, 0xfe]] as [[UInt8]])
  func bytesThatAreNoErrorStillMakeOne(_ bytes: [UInt8]) {
    #expect(ServiceError(number: 9, encoded: bytes).code == .internalFailure)
  }

  @Test func cancellationAndStrangersHaveTheirCodes() {
    struct Stranger: Error {}
    #expect(ServiceError(CancellationError()).code == .cancelled)
    #expect(ServiceError(Stranger()).code == .internalFailure)
    #expect(ServiceError(ServiceError(.notFound, "x") as any Error) == ServiceError(.notFound, "x"))
  }
}
