import Clusters
import Foundation
import Testing

/// `llava doctor` as an installation has it: the program in `bin`, and what comes with it in `share/llava`.
struct DoctorProcessTests {
  private struct Report: Decodable {
    struct Line: Decodable {
      var section: String
      var name: String
      var state: String
      var advice: String?
    }
    var failed: Int
    var checks: [Line]

    /// Ports may be anybody's on a machine that is not the test's alone.
    var failures: [String] {
      checks.filter { $0.state == "failed" && !$0.name.contains(" at tcp://") }.map { "\($0.section): \($0.name)" }
    }
  }

  private func withInstallation(_ body: (URL) throws -> Void) throws {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString.prefix(8))")
    defer { try? files.removeItem(at: folder) }  // left behind at worst
    let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    // A link where that can be: a copy is "busy" while a process that another test has just forked holds it open.
    let program = (programs.appendingPathComponent("llava"), folder.appendingPathComponent("bin/llava"))
    try files.createDirectory(at: folder.appendingPathComponent("bin"), withIntermediateDirectories: true)
    if (try? files.linkItem(at: program.0, to: program.1)) == nil { try files.copyItem(at: program.0, to: program.1) }
    for (source, target) in [
      (TestModel.root.appendingPathComponent("deploy/golden"), "share/llava/golden"),
      (URL(fileURLWithPath: TestModel.demo), "share/llava/models/demo"),
    ] {
      let target = folder.appendingPathComponent(target)
      try files.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      // A file that was just written may still be open in a child of another test, and would not run.
      if target.lastPathComponent != "llava" || (try? files.linkItem(at: source, to: target)) == nil {
        try files.copyItem(at: source, to: target)
      }
    }
    try body(folder)
  }

  /// The exit status, and the report.
  private func examine(_ folder: URL) throws -> (status: Int32, report: Report) {
    try report(
      of: folder.appendingPathComponent("bin/llava"), ["doctor", "--json", "--threads", "1"],
      adding: ["XDG_RUNTIME_DIR": folder.path, "XDG_CACHE_HOME": folder.path])
  }

  @Test func aDoctorsExitStatusSaysWhetherSomethingFailed() throws {
    try withInstallation { folder in
      let (status, report) = try examine(folder)
      #expect(report.failures == [])
      #expect(status == (report.failed == 0 ? 0 : 1))

      let file = folder.appendingPathComponent("share/llava/golden/imaging/jpeg.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try text.replacing("d15d5f5b9eef8297", with: "d15d5f5b9eef8296").write(
        to: file, atomically: true, encoding: .utf8)
      let damaged = try examine(folder)
      #expect(damaged.status == 1)
      #expect(damaged.report.failures == ["pixels: JPEG files"])

      try FileManager.default.removeItem(at: folder.appendingPathComponent("share"))
      let bare = try examine(folder)
      #expect(bare.status == 1)
      #expect(bare.report.failures == ["golden: golden set", "model: files"])
      #expect(bare.report.checks.allSatisfy { $0.state == "passed" || $0.advice?.isEmpty == false })
    }
  }
}
