public import Credentials
public import Foundation
public import RPC

extension TLSCredentials {
  /// What `directory` holds for these addresses; nothing where none is named and none is needed. Throws, naming the file,
  /// where one is missing, can be read by others, is not what it should be, or has expired.
  public static func read(
    from directory: String?, listeningAt doors: [Address] = [], connectingTo services: [Address] = [],
    at now: Date = Date()
  ) throws(LaunchError) -> TLSCredentials? {
    let door = doors.first { $0.scheme == .tls }
    let service = services.first { $0.scheme == .tls }
    guard let directory else {
      guard let address = door ?? service else { return nil }
      throw LaunchError(
        .usage,
        "\(address) needs certificates: name their directory with --tls-directory (`llava certs init` makes some)")
    }
    let credentials: TLSCredentials
    do throws(CredentialError) { credentials = try TLSDirectory(directory).credentials(at: now) } catch {
      throw LaunchError(error)
    }
    if let door, credentials.callers == nil {
      throw LaunchError(.usage, "\(directory): expected callers.pem, to know who may connect to \(door); found none")
    }
    if let service, credentials.servers == nil {
      throw LaunchError(.usage, "\(directory): expected servers.pem, to know \(service) by; found none")
    }
    return credentials
  }
}

extension LaunchError {
  /// What a file that guards something has kept from starting.
  public init(_ error: CredentialError) { self.init(error.code == .usage ? .usage : .file, error.message) }
}
