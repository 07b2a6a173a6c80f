// Rows of a CSV file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace rung::importer {

inline constexpr size_t kMaxRowBytes = size_t{1} << 20;
inline constexpr size_t kMaxRowFields = 1000;

/// One row. Blanks around unquoted fields are gone.
class CsvRow {
 public:
  /// First physical line of the row, from 1.
  int64_t line() const { return line_; }

  size_t size() const { return ends_.size(); }
  std::string_view field(size_t index) const {
    const size_t start = index == 0 ? 0 : ends_[index - 1] + 1;
    return std::string_view(text_).substr(start, ends_[index] - start);
  }

  /// All fields, each followed by a unit separator: equal for equal rows.
  std::string_view text() const { return text_; }

  /// The row is unfit for use: over kMaxRowBytes, kMaxRowFields or kMaxLineBytes (the rest was left out).
  bool broken() const { return broken_; }

 private:
  friend class CsvReader;

  std::string text_;
  std::vector<size_t> ends_;
  int64_t line_ = 0;
  bool broken_ = false;
};

/// Streams the rows of a file: RFC 4180 as libcsv reads it, leniently (a quote inside an unquoted field is data; LF,
/// CRLF and CR end a row; blank lines are skipped; a UTF-8 byte order mark is skipped). Not thread-safe.
class CsvReader {
 public:
  /// Plain or gzip-compressed; "-" is the standard input. NOT_FOUND when it can't be opened.
  static absl::StatusOr<CsvReader> Open(const std::string& path, char delimiter = ',');

  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

  /// False at the end. DATA_LOSS when the file is damaged, also by a quote that isn't closed, with the line where it opens:
  /// nobody can say which of the rows after it are meant. A row with a field of more than kMaxRowBytes is broken() and read
  /// over to the end of its line.
  absl::StatusOr<bool> Next(CsvRow& row);

 private:
  struct State;
  explicit CsvReader(std::unique_ptr<State> state);

  static void OnField(void* text, size_t length, void* state);
  static void OnRowEnd(int terminator, void* state);

  std::unique_ptr<State> state_;
};

}  // namespace rung::importer
