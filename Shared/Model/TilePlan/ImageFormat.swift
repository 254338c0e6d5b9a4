/// The kinds of picture files that can be read.
public enum ImageFormat: String, Hashable, Sendable, CaseIterable {
  case jpeg
  case png
  case webp
}

extension ImageFormat {
  /// What a file begins with.
  enum Signature: Equatable {
    case supported(ImageFormat)
    /// A known kind that is not read, by name.
    case other(String)
    /// Fewer bytes than the signature that they begin.
    case incomplete
    case unknown
  }

  private static let pngMagic: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let jpegMagic: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// Kinds that people send and that are not read, so that the refusal can name them.
  private static let others: [(name: String, offset: Int, magic: [UInt8])] = [
    ("GIF", 0, ascii("GIF8")), ("TIFF", 0, [0x49, 0x49, 0x2A, 0x00]), ("TIFF", 0, [0x4D, 0x4D, 0x00, 0x2A]),
    ("PDF", 0, ascii("%PDF")), ("HEIC", 4, ascii("ftyphei")), ("HEIC", 4, ascii("ftyphev")),
    ("HEIC", 4, ascii("ftypmif1")), ("HEIC", 4, ascii("ftypmsf1")), ("AVIF", 4, ascii("ftypavi")),
    ("JPEG XL", 4, ascii("JXL ")), ("JPEG XL", 0, [0xFF, 0x0A]), ("JPEG 2000", 4, ascii("jP  ")),
    ("icon", 0, [0x00, 0x00, 0x01, 0x00]), ("Photoshop", 0, ascii("8BPS")), ("BMP", 0, ascii("BM")),
  ]

  /// Reads at most the first 12 bytes.
  static func signature(of reader: ByteReader) -> Signature {
    if reader.begins(with: jpegMagic) { return .supported(.jpeg) }
    if reader.begins(with: pngMagic) { return .supported(.png) }
    if reader.begins(with: ascii("RIFF")), reader.begins(with: ascii("WEBP"), at: 8) { return .supported(.webp) }
    for kind in others where reader.begins(with: kind.magic, at: kind.offset) { return .other(kind.name) }
    let whole = [jpegMagic, pngMagic, ascii("RIFF")]
    let webpMayFollow = reader.count < 12 && reader.begins(with: ascii("RIFF"))
    let incomplete = reader.count > 0 && whole.contains { reader.count < $0.count && reader.isBeginning(of: $0) }
    return webpMayFollow || incomplete ? .incomplete : .unknown
  }

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
}
