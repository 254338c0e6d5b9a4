import Foundation
import RPC
import Testing

@testable import Launch

struct PlacesTests {
  /// A fresh directory that is gone after the test.
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }  // left behind at worst
    try body(directory)
  }

  @Test func theRuntimeDirectoryIsThisUsersAlone() throws {
    try withDirectory { directory in
      let path = directory + "/llava"
      try RuntimeDirectory.prepare(path)
      try RuntimeDirectory.prepare(path)
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      let error = try #require(throws: LaunchError.self) { try RuntimeDirectory.prepare(path) }
      #expect(error.message.contains("mode 700") && error.message.contains("mode 755"))
    }
  }

  @Test func aLinkIsNoRuntimeDirectory() throws {
    try withDirectory { directory in
      try FileManager.default.createSymbolicLink(atPath: directory + "/llava", withDestinationPath: directory)
      #expect(throws: LaunchError.self) { try RuntimeDirectory.prepare(directory + "/llava") }
    }
  }

  @Test func whatComesWithTheProgramIsLookedForBesideAndAboveIt() {
    #expect(
      Installation.candidates(of: "models/demo", for: "/usr/local/bin/llava").prefix(2)
        == ["/usr/local/share/llava/models/demo", "/usr/local/deploy/models/demo"])
    #expect(
      Installation.candidates(of: "golden", for: "/src/llava/.build/release/llava").contains("/src/llava/deploy/golden")
    )
    let error = #expect(throws: LaunchError.self) { try Installation.path(of: "nothing", holding: "no-file") }
    #expect(error?.message.contains("expected ../share/llava/nothing") == true)
  }

  @Test func theCacheIsWhereTheSpecificationSaysAndRelativePathsAreIgnored() {
    #expect(CacheDirectory.path(cacheHome: "/c", home: "/h") == "/c/llava")
    #expect(CacheDirectory.path(cacheHome: "c", home: "/h") == "/h/.cache/llava")
    #expect(CacheDirectory.path(cacheHome: nil, home: nil).hasPrefix("/tmp/llava-"))
  }

  @Test func aDirectoryThatIsNotThereYetIsAsWritableAsTheOneAboveIt() throws {
    try withDirectory { directory in
      let nearest = Directory(directory + "/a/b").nearest
      #expect(nearest.path == directory)
      try nearest.checkWritable()
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
      #expect(nearest.free != nil)
    }
    let error = #expect(throws: LaunchError.self) { try Directory("/proc").checkWritable() }
    #expect(error?.message.hasPrefix("/proc: ") == true)
  }

  @Test func aModelThatIsNotThereIsNamed() throws {
    let error = try #require(throws: LaunchError.self) { try ModelLocation.paths(named: "/no/model") }
    #expect(error.message.hasPrefix("--model /no/model:"))
  }

  @Test(arguments: [
    ("max 100000", nil), ("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("", nil), ("x y", nil),
    ("100000 0", nil),
  ])
  func aQuotaIsWholeCores(maximum: String, cores: Int?) {
    #expect(Machine.cores(maximum) == cores)
  }

  @Test func theNarrowestGroupOnTheWayUpCounts() {
    let groups = Machine.groups(of: "12:cpu:/old\n0::/a/b\n")
    #expect(groups == ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"])
    let files = [
      "/sys/fs/cgroup/a/b/cpu.max": "800000 100000", "/sys/fs/cgroup/a/cpu.max": "300000 100000",
      "/sys/fs/cgroup/cpu.max": "max 100000",
    ]
    #expect(Machine.smallest("cpu.max", in: groups, reading: { files[$0] }, as: Machine.cores) == 3)
    #expect(Machine.groups(of: "12:cpu:/old\n").isEmpty)
  }

  @Test func aFileThatIsLongerThanAllowedIsRefused() throws {
    try withDirectory { directory in
      let path = directory + "/file"
      try Data(repeating: 7, count: 300_000).write(to: URL(fileURLWithPath: path))
      #expect(try fileBytes(at: path, limit: 300_000).count == 300_000)
      let error = try #require(throws: LaunchError.self) { try fileBytes(at: path, limit: 299_999) }
      #expect(error.code == .usage)
    }
  }

  @Test func aFullDiskIsAnError() throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let error = try #require(throws: LaunchError.self) {
      try Output(descriptor: full, name: "answers").write("a line\n")
    }
    #expect(error == LaunchError(.file, "answers: No space left on device"))
  }

  @Test func everyServiceErrorHasAnExitStatus() {
    #expect(ExitStatus(of: ServiceError(.unsupportedImage, "")) == .usage)
    #expect(ExitStatus(of: ServiceError(.overloaded, "")) == .unavailable)
    #expect(ExitStatus(of: ServiceError(.internalFailure, "")) == .failure)
    #expect(ExitStatus(of: LaunchError(.usage, "")) == .usage)
    #expect(ExitStatus(of: CancellationError()) == .interrupted)
  }
}
