import Foundation

/// A directory that a model is in, or the path of a single file.
struct ModelFolder {
  private let url: URL

  init(_ path: String) { url = URL(fileURLWithPath: path).standardizedFileURL }

  /// The directory that a file is in.
  init(parentOf file: String) { url = URL(fileURLWithPath: file).standardizedFileURL.deletingLastPathComponent() }

  var path: String { url.path }

  var isFile: Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
  }

  func path(of file: String) -> String { url.appendingPathComponent(file).path }

  func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path(of: file)) }

  /// The file's JSON, or nil where there is none.
  func json(_ file: String) throws(CheckpointError) -> JSONText? {
    has(file) ? try JSONText(path: path(of: file)) : nil
  }

  /// Its files, sorted.
  // An unreadable directory shows as an empty one: errors name what is missing either way.
  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  /// What an error says was found here.
  var contents: String { names.isEmpty ? "no files" : names.prefix(20).joined(separator: ", ") }

  /// Its own name; of a snapshot in the hub's cache (`models--OWNER--NAME/snapshots/REVISION`), the model's.
  var name: String {
    let components = url.pathComponents
    if components.count >= 3, components[components.count - 2] == "snapshots" {
      let parts = components[components.count - 3].components(separatedBy: "--")
      if parts.count == 3, parts[0] == "models" { return parts[2] }
    }
    return url.lastPathComponent
  }

  /// A file's name without its ending, and without its number where it is the first of several.
  static func modelName(ofFile path: String) -> String {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return name.replacing(/-00001-of-\d{5}$/, with: "")
  }
}
