import Contracts
import Foundation
import Launch
import Numerics
import Testing

@testable import CLI

struct DoctorReportTests {
  private static let report = DoctorReport(results: [
    .init(section: .pixels, name: "pad", outcome: .passed("30 digests")),
    .init(section: .pixels, name: "crop", outcome: .failed("1 differs", advice: "install again")),
    .init(section: .machine, name: "OpenBLAS", outcome: .warning("slow", advice: "set it")),
  ])

  @Test func aTableHasALineForEachCheckAndSaysWhatToDo() {
    #expect(
      Self.report.table == """
        SECTION  CHECK              FOUND
        pixels   pad       ok       30 digests
                 crop      FAILED   1 differs → install again
        machine  OpenBLAS  warning  slow → set it

        1 of 3 checks failed, 1 warning

        """)
    #expect(DoctorReport(results: [Self.report.results[0]]).table.hasSuffix("\nall well: 1 checks\n"))
  }

  @Test func aReportIsOneJSONObject() throws {
    let json = try DoctorJSON(Self.report).json
    let checks =
      #"{"found":"30 digests","name":"pad","section":"pixels","state":"passed"},"#
      + #"{"advice":"install again","found":"1 differs","name":"crop","section":"pixels","state":"failed"},"#
      + #"{"advice":"set it","found":"slow","name":"OpenBLAS","section":"machine","state":"warning"}"#
    #expect(json == #"{"build":"\#(Hello.build)","checks":[\#(checks)],"failed":1,"passed":1,"warnings":1}"#)
  }

  @Test func failuresFailAndWarningsDoNot() {
    #expect(Self.report.exitStatus == .failure)
    let others = Self.report.results.filter { $0.name != "crop" }
    #expect(DoctorReport(results: others).exitStatus == .success)
  }

  @Test func whatACheckThrowsIsAFailureWithItsAdvice() async {
    let check = Check(.places, "cache", advice: "make room") { throw LaunchError(.file, "/c: full") }
    #expect(await check.outcome() == .failed("/c: full", advice: "make room"))
  }

  @Test func openBLASIsToldOfACPUThatItDoesNotKnow() {
    #expect(
      MachineChecks.library("Haswell", on: .avx512, forced: nil)
        == .warning(
          "kernels for Haswell on a CPU with avx512, and pictures take up to twice as long",
          advice: "set OPENBLAS_CORETYPE=SkylakeX in the environment of llava and llava-vision"))
    #expect(
      MachineChecks.library("Nehalem", on: .avx2, forced: "Nehalem")
        == .warning(
          "kernels for Nehalem on a CPU with avx2, and pictures take up to twice as long: OPENBLAS_CORETYPE is Nehalem",
          advice: "unset it, or set it to Haswell"))
    #expect(MachineChecks.library("SkylakeX", on: .avx512, forced: nil) == .passed("kernels for SkylakeX"))
    #expect(MachineChecks.library("Zen", on: .avx2, forced: nil) == .passed("kernels for Zen"))
    #expect(MachineChecks.library("ARMV8", on: .reference, forced: nil) == .passed("kernels for ARMV8"))
  }

  @Test func moreThreadsThanCoresAreAWarning() {
    #expect(MachineChecks.threads(2, cores: 2) == .passed("2 threads on 2 cores"))
    #expect(
      MachineChecks.threads(3, cores: 1)
        == .warning("3 threads on 1 core: they wait for each other", advice: "use --threads 1 or less"))
  }

  @Test func anAgreementIsInfinitelyFarWhereNumbersAreMissingOrNone() {
    #expect(Agreement([1, 2], [1, 2]).largestDifference == 0)
    #expect(Agreement([1], [1, 2]).largestDifference == .infinity)
    #expect(Agreement([], []).largestDifference == .infinity)
    #expect(Agreement([.nan, 2], [1, 2]).largestDifference == .infinity)
    #expect(Agreement([1, 2], [1.0002, 2]).outcome(of: "x") != Agreement([1, 2], [1, 2]).outcome(of: "x"))
  }

  @Test func kernelsThatDifferAreNamed() {
    var reference = KernelGrid(Compute(threads: 1, instructionSet: .reference))
    let wide = KernelGrid(Compute(threads: 1))
    reference.exact.append(("none", [.nan]))
    var twin = reference
    guard case .passed = KernelChecks.outcome(of: twin, against: reference) else {
      Issue.record("the reference differs from itself")
      return
    }
    #expect(wide.exact.count + 1 == reference.exact.count)
    twin.near[0].1[0] += 1e-3
    #expect(isFailure(KernelChecks.outcome(of: twin, against: reference), "other values for \(twin.near[0].0)"))
    twin.exact[0].1[0] = twin.exact[0].1[0].nextUp
    #expect(isFailure(KernelChecks.outcome(of: twin, against: reference), "other bits for \(twin.exact[0].0)"))
  }

  private func isFailure(_ outcome: Outcome, _ found: String) -> Bool {
    guard case .failed(found, let advice) = outcome else { return false }
    return !advice.isEmpty
  }

  @Test func flagsAreTheDocumentedOnes() throws {
    let command = try DoctorCommand.parse(["--model", "m", "--vision-tower", "t", "--threads", "3", "--json"])
    #expect(command.model == "m" && command.visionTower == "t" && command.threads?.count == 3 && command.json)
    #expect(throws: (any Error).self) { try DoctorCommand.parse(["--threads", "0"]) }
  }
}
