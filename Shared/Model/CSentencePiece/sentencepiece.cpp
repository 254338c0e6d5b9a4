#include "include/sentencepiece.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct llava_sentencepiece {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

void write(char *error, size_t capacity, std::string_view text) {
  if (capacity == 0) return;
  const size_t count = std::min(capacity - 1, text.size());
  std::memcpy(error, text.data(), count);
  error[count] = 0;
}

bool contains(const llava_sentencepiece *tokenizer, int32_t id) {
  return id >= 0 && id < tokenizer->processor.GetPieceSize();
}

}  // namespace

int llava_sentencepiece_open(
    llava_sentencepiece **tokenizer, char *error, const uint8_t *model, size_t error_byte_count,
    size_t model_byte_count) {
  try {
    auto opened = std::make_unique<llava_sentencepiece>();
    const auto status =
        opened->processor.LoadFromSerializedProto({reinterpret_cast<const char *>(model), model_byte_count});
    if (!status.ok()) {
      write(error, error_byte_count, status.ToString());
      return -1;
    }
    *tokenizer = opened.release();
    return 0;
  } catch (const std::exception &exception) {
    write(error, error_byte_count, exception.what());
  } catch (...) {
    write(error, error_byte_count, "unknown exception");
  }
  return -1;
}

void llava_sentencepiece_close(llava_sentencepiece *tokenizer) { delete tokenizer; }

int32_t llava_sentencepiece_piece_count(const llava_sentencepiece *tokenizer) {
  return tokenizer->processor.GetPieceSize();
}

int32_t llava_sentencepiece_id(const llava_sentencepiece *tokenizer, const char *piece) {
  try {
    // The library answers with the unknown piece's id for a spelling that it does not have.
    const int id = tokenizer->processor.PieceToId(piece);
    return contains(tokenizer, id) && tokenizer->processor.IdToPiece(id) == piece ? id : -1;
  } catch (...) {
    return -1;
  }
}

const char *llava_sentencepiece_piece(size_t *byte_count, const llava_sentencepiece *tokenizer, int32_t id) {
  if (!contains(tokenizer, id)) return nullptr;
  const std::string &piece = tokenizer->processor.IdToPiece(id);
  *byte_count = piece.size();
  return piece.data();
}

float llava_sentencepiece_score(const llava_sentencepiece *tokenizer, int32_t id) {
  return tokenizer->processor.GetScore(id);
}

enum llava_piece_kind llava_sentencepiece_kind(const llava_sentencepiece *tokenizer, int32_t id) {
  const auto &processor = tokenizer->processor;
  if (processor.IsControl(id)) return LLAVA_PIECE_CONTROL;
  if (processor.IsUnknown(id)) return LLAVA_PIECE_UNKNOWN;
  if (processor.IsByte(id)) return LLAVA_PIECE_BYTE;
  if (processor.IsUnused(id)) return LLAVA_PIECE_UNUSED;
  return LLAVA_PIECE_TEXT;
}

int64_t llava_sentencepiece_encode(
    int32_t *ids, const llava_sentencepiece *tokenizer, const char *text, size_t capacity, size_t text_byte_count) {
  try {
    std::vector<int> encoded;
    const auto status = tokenizer->processor.Encode({text, text_byte_count}, &encoded);
    if (!status.ok()) return -1;
    std::copy_n(encoded.begin(), std::min(capacity, encoded.size()), ids);
    return static_cast<int64_t>(encoded.size());
  } catch (...) {
    return -1;
  }
}
