// libjpeg with its own defaults, which are Pillow's: the accurate integer IDCT and triangle-filtered chroma.
#include "image_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/// A progressive file gives each scan another pass over the whole picture, for a few bytes. Encoders write about ten.
enum { SCAN_LIMIT = 100 };

struct session {
  struct jpeg_decompress_struct codec;  // first, so that a pointer to it is one to the session
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf leave;
  enum llava_image_status status;
  char *reason;
  llava_image_take take;
  llava_image_stop stop;
  void *context;
};

static _Noreturn void fail(struct session *session, enum llava_image_status status, const char *reason) {
  session->status = status;
  snprintf(session->reason, LLAVA_IMAGE_REASON_SIZE, "%s", reason);
  longjmp(session->leave, 1);
}

static void on_error(j_common_ptr codec) {
  struct session *session = (struct session *)codec;
  char reason[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, reason);
  switch (codec->err->msg_code) {
    case JERR_OUT_OF_MEMORY: fail(session, LLAVA_IMAGE_NO_MEMORY, reason);
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL: fail(session, LLAVA_IMAGE_UNSUPPORTED, reason);
    default: fail(session, LLAVA_IMAGE_CORRUPT, reason);
  }
}

static void on_message(j_common_ptr codec, int level) {
  // libjpeg goes on with grey where a scan ends too early; whoever asks about the picture would not know.
  if (level < 0 && codec->err->msg_code == JWRN_HIT_MARKER)
    fail((struct session *)codec, LLAVA_IMAGE_TRUNCATED, "the image data ends before the last row");
}

static void no_output(j_common_ptr codec) { (void)codec; }

static void on_progress(j_common_ptr codec) {
  struct session *session = (struct session *)codec;
  if (session->codec.input_scan_number > SCAN_LIMIT)
    fail(session, LLAVA_IMAGE_UNSUPPORTED, "the file has more than 100 scans");
  if (session->stop(session->context)) fail(session, LLAVA_IMAGE_STOPPED, "stopped");
}

static void no_source(j_decompress_ptr codec) { (void)codec; }

// All bytes are there from the start, so to ask for more is to be beyond the end.
static boolean at_end(j_decompress_ptr codec) {
  fail((struct session *)codec, LLAVA_IMAGE_TRUNCATED, "the file ends before its last marker");
}

static void skip(j_decompress_ptr codec, long count) {
  if (count <= 0) return;
  if ((size_t)count > codec->src->bytes_in_buffer) at_end(codec);
  codec->src->next_input_byte += count;
  codec->src->bytes_in_buffer -= (size_t)count;
}

static void open_session(struct session *session, const uint8_t *bytes, size_t byte_count) {
  session->codec.err = jpeg_std_error(&session->errors);
  session->errors.error_exit = on_error;
  session->errors.emit_message = on_message;
  session->errors.output_message = no_output;
  session->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = byte_count,
      .init_source = no_source,
      .fill_input_buffer = at_end,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = no_source,
  };
  session->progress.progress_monitor = on_progress;
}

/// MULDIV255 of Pillow's `ImagingUtils.h`: a * b / 255, rounded.
static inline int multiply(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// Pillow takes every CMYK file for one of Adobe's, whose values are inverted: `ink` holds 255 less the ink.
static void rgb_of_inks(uint8_t *rgb, const uint8_t *ink, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const int light = ink[i * 4 + 3];
    for (size_t c = 0; c < 3; c++) rgb[i * 3 + c] = (uint8_t)(light - multiply(255 - ink[i * 4 + c], light));
  }
}

static void rgb_of_grays(uint8_t *rgb, const uint8_t *gray, size_t count) {
  for (size_t i = 0; i < count; i++) memset(rgb + i * 3, gray[i], 3);
}

static void read_rows(struct session *session, size_t width) {
  j_decompress_ptr codec = &session->codec;
  JSAMPARRAY row = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, (JDIMENSION)width * 4, 1);
  JSAMPARRAY rgb = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, (JDIMENSION)width * 3, 1);
  while (codec->output_scanline < codec->output_height) {
    const size_t index = codec->output_scanline;
    jpeg_read_scanlines(codec, codec->out_color_space == JCS_RGB ? rgb : row, 1);
    if (codec->out_color_space == JCS_GRAYSCALE) rgb_of_grays(rgb[0], row[0], width);
    if (codec->out_color_space == JCS_CMYK) rgb_of_inks(rgb[0], row[0], width);
    session->take(session->context, index, rgb[0]);
  }
}

static void decode(struct session *session, size_t width, size_t height) {
  j_decompress_ptr codec = &session->codec;
  jpeg_create_decompress(codec);
  codec->src = &session->source;
  codec->progress = &session->progress;
  jpeg_read_header(codec, TRUE);
  if (codec->image_width != width || codec->image_height != height)
    fail(session, LLAVA_IMAGE_CORRUPT, "the frame header contradicts itself about the size");
  switch (codec->num_components) {
    case 1: codec->out_color_space = JCS_GRAYSCALE; break;
    case 3: codec->out_color_space = JCS_RGB; break;
    case 4: codec->out_color_space = JCS_CMYK; break;
    default: fail(session, LLAVA_IMAGE_UNSUPPORTED, "the file has neither 1 nor 3 nor 4 components");
  }
  jpeg_start_decompress(codec);
  read_rows(session, width);
  jpeg_finish_decompress(codec);  // reads up to the end marker, as Pillow does: a file without one is truncated
}

static void run(struct session *session, size_t width, size_t height) {
  if (setjmp(session->leave) == 0) decode(session, width, height);
}

enum llava_image_status llava_decode_jpeg(char *reason, const uint8_t *bytes, llava_image_take take,
                                          llava_image_stop stop, void *context, size_t byte_count, size_t width,
                                          size_t height) {
  struct session session = {
      .status = LLAVA_IMAGE_DECODED, .reason = reason, .take = take, .stop = stop, .context = context};
  open_session(&session, bytes, byte_count);
  run(&session, width, height);
  jpeg_destroy_decompress(&session.codec);
  return session.status;
}
