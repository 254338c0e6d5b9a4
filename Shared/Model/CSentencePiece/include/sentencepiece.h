#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// SentencePiece for C: no exception and no status object leaves these functions.
/// A tokenizer that is open may be used by any number of threads at once.
typedef struct llava_sentencepiece llava_sentencepiece;

enum llava_piece_kind {
  LLAVA_PIECE_TEXT,
  LLAVA_PIECE_BYTE,
  LLAVA_PIECE_CONTROL,
  LLAVA_PIECE_UNKNOWN,
  LLAVA_PIECE_UNUSED,
};

/// Opens a serialized model, which is copied. Returns 0 and a tokenizer to close, or -1 and why in `error`, ended by 0.
int llava_sentencepiece_open(
    llava_sentencepiece **tokenizer, char *error, const uint8_t *model, size_t error_byte_count,
    size_t model_byte_count);

void llava_sentencepiece_close(llava_sentencepiece *tokenizer);

int32_t llava_sentencepiece_piece_count(const llava_sentencepiece *tokenizer);

/// The id of a piece spelled so, or -1.
int32_t llava_sentencepiece_id(const llava_sentencepiece *tokenizer, const char *piece);

/// The piece's spelling, not ended by 0, which lives as long as the tokenizer; NULL for an id out of range.
const char *llava_sentencepiece_piece(size_t *byte_count, const llava_sentencepiece *tokenizer, int32_t id);

/// How early the piece is merged. `id` must be in range.
float llava_sentencepiece_score(const llava_sentencepiece *tokenizer, int32_t id);

/// `id` must be in range.
enum llava_piece_kind llava_sentencepiece_kind(const llava_sentencepiece *tokenizer, int32_t id);

/// Encodes UTF-8 text, in which a 0 is a character like others. Returns how many ids that takes, of which it has written
/// the first `capacity`, or -1 when the library fails.
int64_t llava_sentencepiece_encode(
    int32_t *ids, const llava_sentencepiece *tokenizer, const char *text, size_t capacity, size_t text_byte_count);

#ifdef __cplusplus
}
#endif
