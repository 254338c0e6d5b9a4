import CImageCodecs
public import TilePlan

/// Picture files to RGB, bit for bit as Pillow's `Image.open(file).convert('RGB')`.
///
/// So the first frame of an animation, transparency dropped without compositing, and neither EXIF orientation nor
/// colour profile nor gamma applied. Stricter than Pillow where pixels would be made up or contradict a checksum: a
/// JPEG whose data ends early (Pillow: grey), and a PNG with a wrong CRC, are errors. The one picture that depends on
/// the version of libjpeg-turbo is a progressive JPEG with whole scans missing, which the library smooths.
public enum ImageDecoder {
  /// Decodes a whole file on the calling thread.
  ///
  /// The header is checked against `limits` before anything is allocated; then the picture takes three bytes a pixel,
  /// and while it is decoded a progressive JPEG another six, a lossless WebP another four. `isCancelled` is asked with
  /// every row or piece of the file.
  public static func decode(
    _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), isCancelled: () -> Bool = { Task.isCancelled }
  ) throws(ImagingError) -> RGBImage {
    let header = try header(of: bytes, within: limits)
    var reason = [CChar](repeating: 0, count: Int(LLAVA_IMAGE_REASON_SIZE))
    var status = LLAVA_IMAGE_DECODED
    let pixels = withoutActuallyEscaping(isCancelled) { isCancelled in
      let question = StopQuestion(isCancelled)
      // Sound: the codec writes at most the capacity it is told, all of it where it succeeds, and keeps no pointer.
      return [UInt8](unsafeUninitializedCapacity: header.size.pixelCount * 3) { pixels, count in
        status = run(header, into: pixels, reason: &reason, bytes: bytes, question: question)
        count = status == LLAVA_IMAGE_DECODED ? pixels.count : 0
      }
    }
    guard status == LLAVA_IMAGE_DECODED else { throw failure(status, header, reason) }
    return RGBImage(size: header.size, pixels: pixels)
  }

  private static func header(of bytes: [UInt8], within limits: ImageLimits) throws(ImagingError) -> ImageHeader {
    do {
      try limits.check(byteCount: bytes.count)
      let header = try ImageHeader(bytes)
      try limits.check(header, byteCount: bytes.count)
      return header
    } catch {
      throw ImagingError(error)
    }
  }

  private static func run(
    _ header: ImageHeader, into pixels: UnsafeMutableBufferPointer<UInt8>, reason: inout [CChar], bytes: [UInt8],
    question: StopQuestion
  ) -> llava_image_status {
    let codec =
      switch header.format {
      case .jpeg: llava_decode_jpeg
      case .png: llava_decode_png
      case .webp: llava_decode_webp
      }
    // Sound: the question outlives the call, and the codec asks it only during the call, on this thread.
    return withExtendedLifetime(question) {
      codec(
        pixels.baseAddress, &reason, bytes,
        { context in Unmanaged<StopQuestion>.fromOpaque(context!).takeUnretainedValue().isStopped() },
        Unmanaged.passUnretained(question).toOpaque(), bytes.count, header.size.width, header.size.height)
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

/// A closure in a shape that fits through C's `void *`.
private final class StopQuestion {
  let isStopped: () -> Bool

  init(_ isStopped: @escaping () -> Bool) { self.isStopped = isStopped }
}
