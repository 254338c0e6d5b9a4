public import Checkpoint
import Glibc

/// Which model a program runs on.
public enum ModelLocation {
  /// What people are told about the demonstration model, wherever it answers.
  public static let demonstrationNotice = "demo model: coloured shapes and printed words only"

  /// What was named, or the demonstration model that came with the program.
  public static func paths(named path: String?, visionTower: String? = nil) throws(LaunchError) -> ModelPaths {
    for (flag, path) in [("--model", path), ("--vision-tower", visionTower)] {
      guard let path, access(path, R_OK) != 0 else { continue }
      throw LaunchError(
        .model,
        "\(flag) \(path): expected a model's directory or GGUF file: \(systemError())")
    }
    if let path { return ModelPaths(path, visionTower: visionTower) }
    guard visionTower == nil else {
      throw LaunchError(.usage, "--vision-tower: expected --model too, whose tower it is")
    }
    let executable = executablePath
    for candidate in demonstrationCandidates(of: executable) where isDirectory(candidate) {
      return ModelPaths(candidate)
    }
    throw LaunchError(
      .model,
      "no demonstration model is installed next to \(executable) (expected ../share/llava/models/demo); "
        + "name a model with --model PATH")
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
