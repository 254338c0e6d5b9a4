// libpng without any of its transformations but the unpacking of small samples: what a sample becomes is Pillow's rule,
// not libpng's (which would scale 16 bits, composite and correct gamma).
#include "image_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

struct session {
  png_structp codec;
  png_infop facts;
  uint8_t *row;
  uint8_t *rgb;
  const uint8_t *next;
  size_t remaining;
  bool exhausted;
  jmp_buf leave;
  enum llava_image_status status;
  char *reason;
  llava_image_take take;
  llava_image_stop stop;
  void *context;
};

/// How the samples of a row are stored, and what an index means.
struct layout {
  int color_type;
  int bit_depth;
  png_color palette[256];
};

static _Noreturn void fail(struct session *session, enum llava_image_status status, const char *reason) {
  session->status = status;
  snprintf(session->reason, LLAVA_IMAGE_REASON_SIZE, "%s", reason);
  longjmp(session->leave, 1);
}

static void on_error(png_structp codec, png_const_charp reason) {
  struct session *session = png_get_error_ptr(codec);
  fail(session, session->exhausted ? LLAVA_IMAGE_TRUNCATED : LLAVA_IMAGE_CORRUPT, reason);
}

static void on_warning(png_structp codec, png_const_charp reason) {
  (void)codec;
  (void)reason;
}

static void read_bytes(png_structp codec, png_bytep target, size_t count) {
  struct session *session = png_get_io_ptr(codec);
  if (count > session->remaining) {
    session->exhausted = true;
    png_error(codec, "the file ends before the last row");
  }
  memcpy(target, session->next, count);
  session->next += count;
  session->remaining -= count;
}

static void open_codec(struct session *session) {
  session->codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, session, on_error, on_warning);
  if (session->codec != NULL) session->facts = png_create_info_struct(session->codec);
  if (session->facts == NULL) fail(session, LLAVA_IMAGE_NO_MEMORY, "no memory for the decoder");
  png_set_read_fn(session->codec, session, read_bytes);
  png_set_user_limits(session->codec, 0x7fffffff, 0x7fffffff);  // the size was checked before we were called
  png_set_option(session->codec, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);  // as Pillow: some encoders understate it
  png_set_crc_action(session->codec, PNG_CRC_DEFAULT, PNG_CRC_ERROR_QUIT);
  // Profiles, gamma and texts change no pixel here, and so their mistakes are no errors either.
  png_set_keep_unknown_chunks(session->codec, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
}

/// Pillow's rule for 16-bit gray, which it does not scale: everything above 255 is white.
static inline uint8_t clipped(const uint8_t *sample) { return sample[0] != 0 ? 255 : sample[1]; }

/// Writes `count` pixels, each `step` pixels behind the last.
static void write_row(uint8_t *rgb, const uint8_t *row, const struct layout *layout, size_t step, size_t count) {
  const size_t wide = layout->bit_depth == 16 ? 2 : 1;  // of 16 bits the high byte comes first, and is what counts
  for (size_t i = 0; i < count; i++, rgb += step * 3) {
    switch (layout->color_type) {
      case PNG_COLOR_TYPE_PALETTE: {
        const png_color color = layout->palette[row[i]];
        rgb[0] = color.red, rgb[1] = color.green, rgb[2] = color.blue;
        break;
      }
      case PNG_COLOR_TYPE_GRAY:
        if (wide == 2)
          memset(rgb, clipped(row + i * 2), 3);
        else
          memset(rgb, row[i] * (255 / ((1 << layout->bit_depth) - 1)), 3);
        break;
      case PNG_COLOR_TYPE_GRAY_ALPHA: memset(rgb, row[i * 2 * wide], 3); break;
      default: {
        const uint8_t *pixel = row + i * wide * (layout->color_type == PNG_COLOR_TYPE_RGB_ALPHA ? 4 : 3);
        rgb[0] = pixel[0], rgb[1] = pixel[wide], rgb[2] = pixel[2 * wide];
      }
    }
  }
}

static void read_rows(struct session *session, const struct layout *layout, size_t width, size_t height) {
  const bool interlaced = png_get_interlace_type(session->codec, session->facts) != PNG_INTERLACE_NONE;
  session->row = png_malloc(session->codec, png_get_rowbytes(session->codec, session->facts));
  // Of an interlaced picture each pass has some pixels of many rows.
  session->rgb = malloc(width * 3 * (interlaced ? height : 1));
  if (session->rgb == NULL) fail(session, LLAVA_IMAGE_NO_MEMORY, "no memory for the rows");
  for (int pass = 0; pass < (interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++) {
    const size_t first_column = interlaced ? PNG_PASS_START_COL(pass) : 0;
    const size_t first_row = interlaced ? PNG_PASS_START_ROW(pass) : 0;
    const size_t step = interlaced ? PNG_PASS_COL_OFFSET(pass) : 1;
    const size_t row_step = interlaced ? PNG_PASS_ROW_OFFSET(pass) : 1;
    if (first_column >= width) continue;  // a pass without columns has no rows in the file
    for (size_t y = first_row; y < height; y += row_step) {
      if (session->stop(session->context)) fail(session, LLAVA_IMAGE_STOPPED, "stopped");
      png_read_row(session->codec, session->row, NULL);
      write_row(session->rgb + ((interlaced ? y * width : 0) + first_column) * 3, session->row, layout, step,
                (width - first_column + step - 1) / step);
      if (!interlaced) session->take(session->context, y, session->rgb);
    }
  }
  for (size_t y = 0; interlaced && y < height; y++) session->take(session->context, y, session->rgb + y * width * 3);
}

/// Ends with the last row, and the checksums of its data. That the file ends before its last chunk is no error: every
/// pixel is there, and Pillow takes it.
static void decode(struct session *session, size_t width, size_t height) {
  open_codec(session);
  png_read_info(session->codec, session->facts);
  if (png_get_image_width(session->codec, session->facts) != width ||
      png_get_image_height(session->codec, session->facts) != height)
    fail(session, LLAVA_IMAGE_CORRUPT, "the header contradicts itself about the size");
  struct layout layout = {.color_type = png_get_color_type(session->codec, session->facts),
                          .bit_depth = png_get_bit_depth(session->codec, session->facts)};
  for (int i = 0; i < 256; i++) layout.palette[i] = (png_color){0, 0, 0};
  png_colorp palette;
  int color_count;
  if (png_get_PLTE(session->codec, session->facts, &palette, &color_count) != 0)
    memcpy(layout.palette, palette, (size_t)color_count * sizeof(png_color));
  png_set_packing(session->codec);
  png_read_update_info(session->codec, session->facts);
  read_rows(session, &layout, width, height);
}

static void run(struct session *session, size_t width, size_t height) {
  if (setjmp(session->leave) == 0) decode(session, width, height);
}

enum llava_image_status llava_decode_png(char *reason, const uint8_t *bytes, llava_image_take take,
                                         llava_image_stop stop, void *context, size_t byte_count, size_t width,
                                         size_t height) {
  struct session session = {.next = bytes,
                            .remaining = byte_count,
                            .status = LLAVA_IMAGE_DECODED,
                            .reason = reason,
                            .take = take,
                            .stop = stop,
                            .context = context};
  run(&session, width, height);
  if (session.codec != NULL) {
    png_free(session.codec, session.row);
    png_destroy_read_struct(&session.codec, &session.facts, NULL);
  }
  free(session.rgb);
  return session.status;
}

bool llava_encode_png(uint8_t *file, size_t *byte_count, const uint8_t *rgb, size_t width, size_t height) {
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)width,
                     .height = (png_uint_32)height,
                     .format = PNG_FORMAT_RGB};
  png_alloc_size_t count = *byte_count;
  if (file == NULL)
    count = PNG_IMAGE_PNG_SIZE_MAX(image);
  else if (!png_image_write_to_memory(&image, file, &count, 0, rgb, 0, NULL))
    return false;
  *byte_count = count;
  return true;
}
