import Glibc

/// Which model a program runs on.
public enum ModelLocation {
  /// What people are told about the demonstration model, wherever it answers.
  public static let demonstrationNotice = "demo model: coloured shapes and printed words only"

  /// The directory that was named, or the demonstration model that came with the program.
  public static func directory(named path: String?) throws(LaunchError) -> String {
    if let path {
      guard isDirectory(path) else {
        throw LaunchError(.model, "--model \(path): expected a model directory with a config.json, found none")
      }
      return path
    }
    let executable = executablePath
    for candidate in demonstrationCandidates(of: executable) where isDirectory(candidate) { return candidate }
    throw LaunchError(
      .model,
      "no demonstration model is installed next to \(executable) (expected ../share/llava/models/demo); "
        + "name a model with --model DIR")
  }

  /// Installed: `../share/llava/models/demo`. Built: `deploy/models/demo` of the source tree that the build is in.
  static func demonstrationCandidates(of executable: String) -> [String] {
    var folders = executable.split(separator: "/").dropLast().map(String.init)
    var candidates = ["/" + (folders.dropLast() + ["share/llava/models/demo"]).joined(separator: "/")]
    while folders.popLast() != nil {
      candidates.append("/" + (folders + ["deploy/models/demo"]).joined(separator: "/"))
    }
    return candidates
  }

  private static func isDirectory(_ path: String) -> Bool {
    access(path + "/config.json", R_OK) == 0
  }

  private static var executablePath: String {
    guard let path = realpath("/proc/self/exe", nil) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
