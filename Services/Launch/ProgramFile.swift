import Crypto
import Foundation

/// The program's own file.
public enum ProgramFile {
  /// Its SHA-256: another build's has another. Throws where the system does not let it be read.
  public static func digest() throws(LaunchError) -> [UInt8] {
    let path = "/proc/self/exe"
    do {
      return Array(SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)))
    } catch {
      throw LaunchError(.file, "\(path): \(error.localizedDescription)")
    }
  }
}
