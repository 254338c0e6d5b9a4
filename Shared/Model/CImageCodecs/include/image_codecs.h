/// Picture files to RGB, and the inner loops of resizing. C, because libjpeg and libpng report errors by longjmp, which
/// must not cross Swift; it stays inside the file that set it.
///
/// Each decoder hands out 8-bit RGB, row by row from the top, as Pillow's `convert('RGB')` gives it: colour profiles,
/// gamma, EXIF orientation and transparency are ignored. Width and height are what the file's header says; a file that
/// turns out to have another size is refused. `bytes` is only read. No decoder keeps state: any number may run at once.
///
/// Besides some rows a decoder takes no memory, but for what its format makes it keep until the last byte is read: a
/// JPEG in several scans (every progressive one) 2 bytes for each sample, an interlaced PNG 3 bytes for each pixel, a
/// WebP 3 for each pixel, and a lossless one 4 more.
#ifndef LLAVA_IMAGE_CODECS_H
#define LLAVA_IMAGE_CODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum llava_image_status {
  LLAVA_IMAGE_DECODED = 0,
  /// The file ends before its picture does.
  LLAVA_IMAGE_TRUNCATED,
  /// The file contradicts its format.
  LLAVA_IMAGE_CORRUPT,
  /// A variant of the format that is not read.
  LLAVA_IMAGE_UNSUPPORTED,
  /// `stop` said so.
  LLAVA_IMAGE_STOPPED,
  LLAVA_IMAGE_NO_MEMORY,
};

/// Room for a reason in words, NUL included. 200 is libjpeg's `JMSG_LENGTH_MAX`, the longest of the three.
enum { LLAVA_IMAGE_REASON_SIZE = 200 };

/// Asked now and then while a picture is decoded, on the thread that decodes: true gives up.
typedef bool (*llava_image_stop)(void *context);

/// Takes row `row`, `rgb` [width, 3], which is only there during the call, on the thread that decodes.
typedef void (*llava_image_take)(void *context, size_t row, const uint8_t *rgb);

/// Hands each row to `take` once, in order; all of them where the result is LLAVA_IMAGE_DECODED.
/// `reason` [LLAVA_IMAGE_REASON_SIZE] becomes the cause in words, where the result is not LLAVA_IMAGE_DECODED.
enum llava_image_status llava_decode_jpeg(char *reason, const uint8_t *bytes, llava_image_take take,
                                          llava_image_stop stop, void *context, size_t byte_count, size_t width,
                                          size_t height);

/// As `llava_decode_jpeg`.
enum llava_image_status llava_decode_png(char *reason, const uint8_t *bytes, llava_image_take take,
                                         llava_image_stop stop, void *context, size_t byte_count, size_t width,
                                         size_t height);

/// As `llava_decode_jpeg`. Of an animation the first frame, on a black canvas.
enum llava_image_status llava_decode_webp(char *reason, const uint8_t *bytes, llava_image_take take,
                                          llava_image_stop stop, void *context, size_t byte_count, size_t width,
                                          size_t height);

/// Writes an 8-bit RGB picture as a PNG file.
///
/// `file` has room for `*byte_count` bytes, which becomes the file's size. With no `file` the size is only computed: at
/// most so many bytes are written. False where there is no memory, or no room.
bool llava_encode_png(uint8_t *file, size_t *byte_count, const uint8_t *rgb, size_t width, size_t height);

/// Fractional bits of a resampling coefficient: Pillow's PRECISION_BITS for 8-bit pictures (`Resample.c`).
enum { LLAVA_COEFFICIENT_BITS = 22 };

/// Where one output of a resampled axis takes its value from.
struct llava_taps {
  /// The first input inside the picture.
  int32_t first;
  /// Inputs inside the picture, may be 0.
  int32_t count;
  /// Index of the first one's coefficient.
  int32_t start;
  /// Sum of the coefficients of all inputs outside the picture, in the padding.
  int32_t outside;
};

/// Resamples a row of RGB: `line` [output_count, 3] from `source` [*, 3], whose row begins at byte `offset`.
///
/// line[x] = clamp((1/2 + outside * fill + sum of coefficient * input) >> LLAVA_COEFFICIENT_BITS), in 32-bit integers,
/// 1/2 being 1 << 21. No two arguments overlap; nothing needs alignment beyond its type's.
void llava_resample_row(uint8_t *line, const uint8_t *source, size_t offset, const struct llava_taps *taps,
                        const int32_t *coefficients, const uint8_t *fill, size_t output_count);

/// sums[offset + i] += coefficient * line[i] for all i below `count`. `line` and `sums` do not overlap.
void llava_accumulate_row(int32_t *sums, size_t offset, const uint8_t *line, int32_t coefficient, size_t count);

/// pixels[i] = clamp(sums[i] >> LLAVA_COEFFICIENT_BITS) for all i below `count`; the sums hold the 1/2 already.
void llava_round_sums(uint8_t *pixels, const int32_t *sums, size_t count);

#endif
