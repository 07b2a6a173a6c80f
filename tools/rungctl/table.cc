#include "tools/rungctl/table.h"

#include <algorithm>
#include <utility>

#include "tools/rungctl/display_width.h"

namespace rung::ctl {
namespace {

void AppendLine(const std::vector<std::string>& cells, const std::vector<Align>& aligns,
                const std::vector<size_t>& widths, std::string& out) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    const std::string padding(widths[i] - DisplayWidth(cells[i]), ' ');
    line += aligns[i] == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace

void Table::AddColumn(std::string heading, Align align) {
  headings_.push_back(Printable(heading));
  aligns_.push_back(align);
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::Render() const {
  std::vector<size_t> widths;
  for (const std::string& heading : headings_) widths.push_back(DisplayWidth(heading));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  const bool has_heading = std::ranges::any_of(headings_, [](const std::string& heading) { return !heading.empty(); });
  if (has_heading) AppendLine(headings_, aligns_, widths, out);
  for (const auto& row : rows_) AppendLine(row, aligns_, widths, out);
  return out;
}

}  // namespace rung::ctl
