// Tables for terminals.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rung::ctl {

enum class Align : uint8_t { kLeft, kRight };

/// Columns are aligned by what the texts take on a terminal and stand two blanks apart. Cells are made printable.
class Table {
 public:
  /// All columns come before the first row. A table whose headings are all empty has no heading.
  void AddColumn(std::string heading, Align align = Align::kLeft);

  /// As many cells as there are columns; missing ones are empty.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  /// Lines end in LF and have no blanks at their end.
  std::string Render() const;

 private:
  std::vector<std::string> headings_;
  std::vector<Align> aligns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace rung::ctl
