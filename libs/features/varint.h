// LEB128 integers in a byte string.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rung::features {

class VarintWriter {
 public:
  explicit VarintWriter(std::string& out) : out_(out) {}

  void Unsigned(uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void Signed(int64_t value) { Unsigned((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)); }
  template <typename T>
  void Fixed(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }
  void Text(std::string_view text) {
    Unsigned(text.size());
    out_.append(text);
  }

 private:
  std::string& out_;
};

/// Once a read runs past the end, ok() is false and everything reads as 0.
class VarintReader {
 public:
  explicit VarintReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  uint64_t Unsigned() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && at_ < end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  int64_t Signed() {
    const uint64_t value = Unsigned();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  template <typename T>
  T Fixed() {
    T value{};
    if (static_cast<size_t>(end_ - at_) < sizeof value) return static_cast<T>(Fail());
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string_view Text() {
    const uint64_t size = Unsigned();
    if (size > static_cast<uint64_t>(end_ - at_)) {
      Fail();
      return {};
    }
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }
  /// Number of items that follow; each takes at least one byte, so a damaged count can't ask for endless memory.
  size_t Count() {
    const uint64_t count = Unsigned();
    return count <= static_cast<uint64_t>(end_ - at_) ? count : Fail();
  }

  bool ok() const { return ok_; }
  bool AtEnd() const { return at_ == end_; }

 private:
  uint64_t Fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace rung::features
