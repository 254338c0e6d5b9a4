public import Checkpoint
import Glibc

/// Which model a program runs on.
public enum ModelLocation {
  /// What people are told about the demonstration model, wherever it answers.
  public static let demonstrationNotice = "demo model: coloured shapes and printed words only"

  /// What was named, or the demonstration model that came with the program: the one that sees pictures in parts where
  /// `highResolution` is asked for.
  public static func paths(
    named path: String?, visionTower: String? = nil, highResolution: Bool = false
  ) throws(LaunchError) -> ModelPaths {
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
    do throws(LaunchError) {
      let demonstration = highResolution ? "models/demo-hd" : "models/demo"
      return ModelPaths(try Installation.path(of: demonstration, holding: "config.json"))
    } catch {
      throw LaunchError(.model, "\(error.message): name a model with --model PATH")
    }
  }
}
