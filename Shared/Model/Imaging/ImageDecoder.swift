import CImageCodecs
public import TilePlan

/// Picture files to RGB, bit for bit as Pillow's `Image.open(file).convert('RGB')`.
///
/// So the first frame of an animation, transparency dropped without compositing, and neither EXIF orientation nor
/// colour profile nor gamma applied. Stricter than Pillow where pixels would be made up or contradict a checksum: a
/// JPEG whose data ends early (Pillow: grey), and a PNG with a wrong CRC, are errors. The one picture that depends on
/// the version of libjpeg-turbo is a progressive JPEG with whole scans missing, which the library smooths.
///
/// Rows are handed out as they are decoded, so that the picture need never be in memory. What its format makes a decoder
/// keep besides is at most, for each pixel, 8 bytes of a JPEG in several scans (2 for each sample; 6 in colour, 3 with
/// the usual chroma), 3 of an interlaced PNG, and 7 of a lossless WebP (3 of a lossy one). Every other JPEG and PNG takes
/// a few rows, whatever its size.
public enum ImageDecoder {
  /// Decodes a whole file on the calling thread, into three bytes a pixel.
  ///
  /// The header is checked against `limits` before anything is allocated. `isCancelled` is asked with every row or piece
  /// of the file.
  public static func decode(
    _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), isCancelled: () -> Bool = { Task.isCancelled }
  ) throws(ImagingError) -> RGBImage {
    let header = try header(of: bytes, within: limits)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(header.size.pixelCount * 3)
    try rows(of: bytes, header, isCancelled: isCancelled) { _, row in pixels += row }
    return RGBImage(size: header.size, pixels: pixels)
  }

  static func header(of bytes: [UInt8], within limits: ImageLimits) throws(ImagingError) -> ImageHeader {
    do {
      try limits.check(byteCount: bytes.count)
      let header = try ImageHeader(bytes)
      try limits.check(header, byteCount: bytes.count)
      return header
    } catch {
      throw ImagingError(error)
    }
  }

  /// Hands out every row of the file with this header once, `[width, 3]`, from the top. Before an error some may have
  /// been handed out.
  static func rows(
    of bytes: [UInt8], _ header: ImageHeader, isCancelled: () -> Bool, _ take: (_ index: Int, _ row: [UInt8]) -> Void
  ) throws(ImagingError) {
    var reason = [CChar](repeating: 0, count: Int(LLAVA_IMAGE_REASON_SIZE))
    let status = withoutActuallyEscaping(isCancelled) { isCancelled in
      withoutActuallyEscaping(take) { take in
        run(header, bytes, DecodingSession(width: header.size.width, isCancelled, take), reason: &reason)
      }
    }
    guard status == LLAVA_IMAGE_DECODED else { throw failure(status, header, reason) }
  }

  private static func run(
    _ header: ImageHeader, _ bytes: [UInt8], _ session: DecodingSession, reason: inout [CChar]
  ) -> llava_image_status {
    let codec =
      switch header.format {
      case .jpeg: llava_decode_jpeg
      case .png: llava_decode_png
      case .webp: llava_decode_webp
      }
    // Sound: the session outlives the call, and the codec uses it only during the call, on this thread. A row has exactly
    // `width` pixels.
    return withExtendedLifetime(session) {
      codec(
        &reason, bytes, { context, index, rgb in DecodingSession.of(context).take(index, rgb!) },
        { context in DecodingSession.of(context).isStopped() }, Unmanaged.passUnretained(session).toOpaque(),
        bytes.count, header.size.width, header.size.height)
    }
  }

  private static func failure(
    _ status: llava_image_status, _ header: ImageHeader, _ reason: [CChar]
  ) -> ImagingError {
    let code: ImagingError.Code =
      switch status {
      case LLAVA_IMAGE_TRUNCATED: .truncated
      case LLAVA_IMAGE_UNSUPPORTED: .unsupported
      case LLAVA_IMAGE_STOPPED: .cancelled
      case LLAVA_IMAGE_NO_MEMORY: .outOfMemory
      default: .corrupt
      }
    let words = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return ImagingError(code, "the \(header.format.rawValue) of \(header.size) is not readable: \(words)")
  }
}

/// Two closures in a shape that fits through C's `void *`.
private final class DecodingSession {
  let isStopped: () -> Bool
  private let takeRow: (Int, [UInt8]) -> Void
  /// Used again for every row.
  private var row: [UInt8]

  init(width: Int, _ isStopped: @escaping () -> Bool, _ take: @escaping (Int, [UInt8]) -> Void) {
    self.isStopped = isStopped
    takeRow = take
    row = [UInt8](repeating: 0, count: width * 3)
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> DecodingSession {
    Unmanaged<DecodingSession>.fromOpaque(context!).takeUnretainedValue()
  }

  func take(_ index: Int, _ rgb: UnsafePointer<UInt8>) {
    row.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: rgb, count: $0.count) }
    takeRow(index, row)
  }
}
