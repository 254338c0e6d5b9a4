// libwebp with its own defaults, which are Pillow's: triangle-filtered chroma, no dithering.
#include "image_codecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

/// Bytes of the file between two questions whether to stop. 64 KiB are usually some milliseconds of decoding.
enum { BYTES_PER_STEP = 64 * 1024 };

static enum llava_image_status failure(char *reason, enum llava_image_status status, const char *words) {
  snprintf(reason, LLAVA_IMAGE_REASON_SIZE, "%s", words);
  return status;
}

static enum llava_image_status outcome(char *reason, VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OK: return LLAVA_IMAGE_DECODED;
    case VP8_STATUS_OUT_OF_MEMORY: return failure(reason, LLAVA_IMAGE_NO_MEMORY, "no memory for the decoder");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return failure(reason, LLAVA_IMAGE_TRUNCATED, "the image data ends before the last row");
    default: return failure(reason, LLAVA_IMAGE_CORRUPT, "the image data is not a valid bitstream");
  }
}

/// Decodes one frame onto the canvas. `frame` was checked to lie within the canvas of `width` columns.
static enum llava_image_status decode_frame(uint8_t *rgb, char *reason, const WebPIterator *frame,
                                            llava_image_stop stop, void *context, size_t width) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return failure(reason, LLAVA_IMAGE_CORRUPT, "another version of libwebp");
  const size_t offset = ((size_t)frame->y_offset * width + (size_t)frame->x_offset) * 3;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = rgb + offset;
  config.output.u.RGBA.stride = (int)(width * 3);
  config.output.u.RGBA.size = (size_t)(frame->height - 1) * width * 3 + (size_t)frame->width * 3;
  WebPIDecoder *decoder = WebPIDecode(NULL, 0, &config);
  if (decoder == NULL) return failure(reason, LLAVA_IMAGE_NO_MEMORY, "no memory for the decoder");

  VP8StatusCode code = VP8_STATUS_SUSPENDED;
  bool stopped = false;
  for (size_t seen = 0; code == VP8_STATUS_SUSPENDED && seen < frame->fragment.size && !stopped;) {
    seen += frame->fragment.size - seen < BYTES_PER_STEP ? frame->fragment.size - seen : BYTES_PER_STEP;
    code = WebPIUpdate(decoder, frame->fragment.bytes, seen);
    stopped = stop(context);
  }
  WebPIDelete(decoder);
  return stopped ? failure(reason, LLAVA_IMAGE_STOPPED, "stopped") : outcome(reason, code);
}

static enum llava_image_status decode_canvas(uint8_t **rgb, char *reason, WebPDemuxer *file, llava_image_stop stop,
                                             void *context, size_t width, size_t height) {
  if (WebPDemuxGetI(file, WEBP_FF_CANVAS_WIDTH) != width || WebPDemuxGetI(file, WEBP_FF_CANVAS_HEIGHT) != height)
    return failure(reason, LLAVA_IMAGE_CORRUPT, "the headers contradict each other about the size");
  WebPIterator frame;
  if (!WebPDemuxGetFrame(file, 1, &frame)) return failure(reason, LLAVA_IMAGE_CORRUPT, "the file has no frame");
  enum llava_image_status status;
  if (frame.x_offset < 0 || frame.y_offset < 0 || (size_t)frame.x_offset + (size_t)frame.width > width ||
      (size_t)frame.y_offset + (size_t)frame.height > height) {
    status = failure(reason, LLAVA_IMAGE_CORRUPT, "the first frame reaches beyond the canvas");
  } else if ((*rgb = calloc(height, width * 3)) == NULL) {
    status = failure(reason, LLAVA_IMAGE_NO_MEMORY, "no memory for the canvas");
  } else {
    status = decode_frame(*rgb, reason, &frame, stop, context, width);
  }
  WebPDemuxReleaseIterator(&frame);
  return status;
}

enum llava_image_status llava_decode_webp(char *reason, const uint8_t *bytes, llava_image_take take,
                                          llava_image_stop stop, void *context, size_t byte_count, size_t width,
                                          size_t height) {
  const WebPData data = {.bytes = bytes, .size = byte_count};
  WebPDemuxState state;
  WebPDemuxer *file = WebPDemuxPartial(&data, &state);
  uint8_t *rgb = NULL;
  enum llava_image_status status;
  if (state == WEBP_DEMUX_PARSE_ERROR)
    status = failure(reason, LLAVA_IMAGE_CORRUPT, "the container is not a valid RIFF file");
  else if (state != WEBP_DEMUX_DONE)
    status = failure(reason, LLAVA_IMAGE_TRUNCATED, "the file ends before its last chunk");
  else if (file == NULL)
    status = failure(reason, LLAVA_IMAGE_NO_MEMORY, "no memory for the decoder");
  else
    status = decode_canvas(&rgb, reason, file, stop, context, width, height);
  for (size_t y = 0; status == LLAVA_IMAGE_DECODED && y < height; y++) take(context, y, rgb + y * width * 3);
  free(rgb);
  WebPDemuxDelete(file);
  return status;
}
