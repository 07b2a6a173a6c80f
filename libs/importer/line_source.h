// Lines of a text file, plain or compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace rung::importer {

inline constexpr size_t kMaxLineBytes = size_t{4} << 20;
inline constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";  // as UTF-8

/// Reads a file line by line. Not thread-safe.
class LineSource {
 public:
  /// A plain or gzip-compressed file; "-" is the standard input. NOT_FOUND when it can't be opened.
  static absl::StatusOr<LineSource> Open(const std::string& path);

  LineSource(LineSource&&) noexcept;
  LineSource& operator=(LineSource&&) noexcept;
  ~LineSource();

  /// Puts the next physical line into `line`, with its LF if it has one; false at the end of the file. A byte order mark
  /// before the first line is left out. DATA_LOSS when the file is damaged or cut off. OUT_OF_RANGE for a line of more than
  /// kMaxLineBytes: it is skipped, and the next call reads the line after it.
  absl::StatusOr<bool> Next(std::string& line);

  /// Number of the line last read, from 1; 0 before the first.
  int64_t line_number() const;

 private:
  struct State;
  explicit LineSource(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace rung::importer
