#include "libs/labels/standings_column.h"

#include <bit>
#include <cstring>

namespace rung::labels {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint32_t kChunkRows = 65536;
constexpr size_t kWord = sizeof(uint64_t);

size_t Padded(size_t bytes) { return (bytes + kWord - 1) / kWord * kWord; }

uint64_t WordAt(const std::string& bytes, size_t at) {
  uint64_t word;
  std::memcpy(&word, bytes.data() + at, kWord);
  return word;
}

void AppendWord(uint64_t difference, std::string& out) {
  char bytes[1 + kWord];
  size_t size = 1;
  unsigned mask = 0;
  while (difference != 0) {
    const int byte = std::countr_zero(difference) / 8;
    mask |= 1u << byte;
    bytes[size++] = static_cast<char>(difference >> 8 * byte);
    difference &= ~(uint64_t{0xff} << 8 * byte);
  }
  bytes[0] = static_cast<char>(mask);
  out.append(bytes, size);
}

uint64_t ReadWord(const std::string& packed, size_t& at) {
  uint64_t difference = 0;
  for (auto mask = static_cast<uint8_t>(packed[at++]); mask != 0; mask = static_cast<uint8_t>(mask & (mask - 1))) {
    difference |= uint64_t{static_cast<uint8_t>(packed[at++])} << 8 * std::countr_zero(mask);
  }
  return difference;
}

// Grows or shrinks to whole words of so many bytes; what is new is zero, and what is beyond is forgotten.
void Resize(std::string& padded, size_t bytes) {
  padded.resize(bytes);
  padded.resize(Padded(bytes));
}

}  // namespace

void StandingsColumn::Add(std::string_view bytes) {
  if (!open_ || chunks_.back().rows == kChunkRows) {
    if (open_) chunks_.back().packed.shrink_to_fit();
    chunks_.emplace_back();
    last_.clear();
    open_ = true;
  }
  Chunk& chunk = chunks_.back();
  ++chunk.rows;
  size_t size = bytes.size();
  for (; size >= 0x80; size >>= 7) chunk.packed.push_back(static_cast<char>(size | 0x80));
  chunk.packed.push_back(static_cast<char>(size));
  Resize(last_, bytes.size());
  for (size_t at = 0; at < last_.size(); at += kWord) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(kWord, bytes.size() - at));
    AppendWord(word ^ WordAt(last_, at), chunk.packed);
    std::memcpy(last_.data() + at, &word, kWord);
  }
}

void StandingsColumn::Append(StandingsColumn& other) {
  if (open_) chunks_.back().packed.shrink_to_fit();
  for (Chunk& chunk : other.chunks_) {
    chunk.packed.shrink_to_fit();
    chunks_.push_back(std::move(chunk));
  }
  other = StandingsColumn();
  open_ = false;
}

size_t StandingsColumn::bytes() const {
  size_t bytes = chunks_.capacity() * sizeof(Chunk);
  for (const Chunk& chunk : chunks_) bytes += chunk.packed.capacity();
  return bytes;
}

std::string_view StandingsColumn::Reader::Next() {
  if (row_ == column_.chunks_[chunk_].rows) {
    ++chunk_;
    row_ = 0;
    at_ = 0;
    current_.clear();
  }
  const std::string& packed = column_.chunks_[chunk_].packed;
  ++row_;
  size_t size = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(packed[at_++]);
    size |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  Resize(current_, size);
  for (size_t at = 0; at < current_.size(); at += kWord) {
    const uint64_t word = WordAt(current_, at) ^ ReadWord(packed, at_);
    std::memcpy(current_.data() + at, &word, kWord);
  }
  return std::string_view(current_).substr(0, size);
}

}  // namespace rung::labels
