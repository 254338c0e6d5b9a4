/// Every bound of the files that guard something, with its reason.
public enum Limits {
  /// A PEM file: a certificate with a hundred host names is 6 KiB.
  static let pemByteCount = 64 << 10
  /// A file that holds one token: some 60 bytes, and what an editor adds.
  static let tokenFileByteCount = 4 << 10
  /// The file of all tokens: each takes some 300 bytes.
  static let tokensByteCount = 4 << 20
  /// Tokens of one gateway; each is looked at when the file is read.
  static let tokenCount = 8192
  /// A token's or a tenant's name: one line of a table.
  static let nameByteCount = 64
  /// Hosts of one certificate: more belong to several.
  static let hostCount = 100
  /// Ten years, in days, as long as an authority lasts: a leaf must not outlive it.
  public static let dayCount = 3650
}
