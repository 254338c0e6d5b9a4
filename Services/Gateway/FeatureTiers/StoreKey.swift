import Crypto
import Glibc

/// The secret that all gateways of a cluster share, and nobody else: what is in their store is sealed with it.
public struct StoreKey: Sendable {
  public static let byteCount = 32

  /// Seals values.
  let sealing: SymmetricKey
  /// Names them, so that who reads the store does not learn which known picture was asked about.
  let naming: SymmetricKey

  public init(_ bytes: [UInt8]) throws(TierError) {
    guard bytes.count == Self.byteCount else {
      throw TierError(.configuration, "expected \(Self.byteCount) bytes, found \(bytes.count)")
    }
    let secret = SymmetricKey(data: bytes)
    func derived(_ purpose: String) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: secret, info: Array("llava store \(purpose) v1".utf8), outputByteCount: Self.byteCount)
    }
    sealing = derived("seal")
    naming = derived("name")
  }

  /// Reads a key file, which nobody else may read: mode 0600. Root's file may be readable by this process's group, as a
  /// mounted secret is.
  public init(file path: String) throws(TierError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TierError(.configuration, "\(path): \(systemError()); make one with: llava store-key \(path)")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw TierError(.configuration, "\(path): \(systemError())") }
    let mode = status.st_mode & 0o777
    let isMounted = status.st_uid == 0 && geteuid() != 0
    guard status.st_uid == geteuid() || isMounted, mode & (isMounted ? 0o037 : 0o077) == 0 else {
      throw TierError(
        .configuration,
        "\(path): expected a file of this user with mode 0600, found mode 0\(String(mode, radix: 8)) "
          + "of user \(status.st_uid): chmod 600 \(path)")
    }
    var bytes = [UInt8](repeating: 0, count: Self.byteCount + 1)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw TierError(.configuration, "\(path): \(systemError())") }
    do throws(TierError) {
      try self.init(Array(bytes.prefix(count)))
    } catch {
      throw TierError(.configuration, "\(path): \(error.message) or more; make one with: llava store-key FILE")
    }
  }

  /// Writes a new key to a new file with mode 0600; throws where there is a file already.
  public static func create(file path: String) throws(TierError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw TierError(.configuration, "\(path): \(systemError())") }
    defer { close(descriptor) }
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    guard fchmod(descriptor, 0o600) == 0, write(descriptor, bytes, byteCount) == byteCount, fsync(descriptor) == 0
    else {
      let reason = systemError()
      unlink(path)
      throw TierError(.configuration, "\(path): \(reason)")
    }
  }
}

/// What a failed system call says, in words.
func systemError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
