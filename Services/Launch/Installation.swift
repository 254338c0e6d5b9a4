import Glibc

/// Files that come with the programs.
public enum Installation {
  /// The folder of this name, beside the program or in the source tree that the build is in. `mark` is a file in it.
  public static func path(of name: String, holding mark: String) throws(LaunchError) -> String {
    let executable = executablePath
    for candidate in candidates(of: name, for: executable) where access("\(candidate)/\(mark)", R_OK) == 0 {
      return candidate
    }
    throw LaunchError(.file, "\(name) is not installed next to \(executable) (expected ../share/llava/\(name))")
  }

  /// Another of the programs, which are beside this one.
  public static func program(_ name: String) throws(LaunchError) -> String {
    let executable = executablePath
    let path = (executable.split(separator: "/").dropLast().map { "/\($0)" } + ["/\(name)"]).joined()
    guard access(path, X_OK) == 0 else {
      throw LaunchError(.file, "\(path): expected the program there, beside \(executable)")
    }
    return path
  }

  /// Installed: `../share/llava/NAME`. Built: `deploy/NAME` of the source tree that the build is in.
  static func candidates(of name: String, for executable: String) -> [String] {
    var folders = executable.split(separator: "/").dropLast().map(String.init)
    var candidates = ["/" + (folders.dropLast() + ["share/llava", name]).joined(separator: "/")]
    while folders.popLast() != nil {
      candidates.append("/" + (folders + ["deploy", name]).joined(separator: "/"))
    }
    return candidates
  }

  private static var executablePath: String {
    guard let path = realpath("/proc/self/exe", nil) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
