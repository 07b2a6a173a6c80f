#include "libs/importer/csv_reader.h"

#include <csv.h>

#include <cstdlib>
#include <utility>

#include "libs/base/status.h"
#include "libs/importer/line_source.h"

namespace rung::importer {
namespace {

constexpr char kUnitSeparator = '\x1f';

// libcsv keeps an unfinished field in memory: this is its bound.
void* BoundedRealloc(void* block, size_t size) { return size > kMaxRowBytes ? nullptr : std::realloc(block, size); }

}  // namespace

struct CsvReader::State {
  State(LineSource lines, const std::string& file, char delimiter_character) : source(std::move(lines)), path(file), delimiter(delimiter_character) {
    Prepare();
  }
  ~State() { csv_free(&parser); }

  void Prepare() {
    csv_init(&parser, 0);
    csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
    csv_set_realloc_func(&parser, BoundedRealloc);
    csv_set_blk_size(&parser, 4096);
  }

  // libcsv's states: 0, nothing of the next row has been seen; 2, within a field. Its own check for an open quote at
  // the end (CSV_STRICT_FINI) only works together with CSV_STRICT, which refuses quotes inside unquoted fields.
  bool BetweenRows() const { return parser.pstate == 0; }
  bool WithinQuotes() const { return parser.pstate == 2 && parser.quoted != 0; }

  // A line that goes on within quotes: the quote that closes them stands before a delimiter or the line's end. Another one
  // is, as a rule, the first of a later field that is in order, so that the quote before was never closed.
  bool ClosesBadly(std::string_view line) const {
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '"') continue;
      if (i + 1 < line.size() && line[i + 1] == '"') {
        ++i;
        continue;
      }
      const size_t next = line.find_first_not_of(delimiter == '\t' ? " " : " \t", i + 1);
      return next != std::string_view::npos && line[next] != delimiter && line[next] != '\r' && line[next] != '\n';
    }
    return false;
  }

  absl::Status Unclosed(std::string_view where) const {
    return absl::DataLossError(ToAbsl(fmt::format(
        "{}, line {}: the quote that opens here isn't closed by {}, so that nothing after it can be read; "
        "close it, or write a quote that belongs to a text twice and the text in quotes (\"a \"\"b\"\"\") / "
        "第 {} 行的引号没有闭合，其后的内容无法读取；请补上引号，文本中的引号写成两个并将整个文本置于引号中",
        path, quote_line, where, quote_line)));
  }

  void EndRow() {
    building.line_ = row_line;
    if (ready_count == ready.size()) ready.emplace_back();
    std::swap(ready[ready_count++], building);
    building.text_.clear();
    building.ends_.clear();
    building.broken_ = false;
  }

  // What there is of a row that can't be held, as a broken one; the next begins with the next line.
  void GiveRowUp() {
    csv_free(&parser);
    Prepare();
    building.broken_ = true;
    EndRow();
  }

  LineSource source;
  const std::string path;
  const char delimiter;
  csv_parser parser{};
  std::string physical_line;
  int64_t row_line = 0;
  int64_t quote_line = 0;     // where the quote opens that isn't closed yet; 0: none is open
  bool field_ended = false;   // within the physical line
  bool at_end = false;
  CsvRow building;
  // Rows keep their memory while they go round. One physical line can end several rows when CR ends rows.
  std::vector<CsvRow> ready;
  size_t ready_count = 0;
  size_t ready_next = 0;
};

CsvReader::CsvReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

absl::StatusOr<CsvReader> CsvReader::Open(const std::string& path, char delimiter) {
  RUNG_ASSIGN_OR_RETURN(LineSource source, LineSource::Open(path));
  return CsvReader(std::make_unique<State>(std::move(source), path, delimiter));
}

void CsvReader::OnField(void* text, size_t length, void* state) {
  static_cast<State*>(state)->field_ended = true;
  CsvRow& row = static_cast<State*>(state)->building;
  if (row.text_.size() + length > kMaxRowBytes || row.ends_.size() == kMaxRowFields) {
    row.broken_ = true;
    return;
  }
  if (length != 0) row.text_.append(static_cast<const char*>(text), length);
  row.ends_.push_back(row.text_.size());
  row.text_ += kUnitSeparator;
}

void CsvReader::OnRowEnd(int, void* pointer) { static_cast<State*>(pointer)->EndRow(); }

absl::StatusOr<bool> CsvReader::Next(CsvRow& row) {
  State& state = *state_;
  while (state.ready_next == state.ready_count) {
    if (state.at_end) return false;
    state.ready_next = state.ready_count = 0;
    const absl::StatusOr<bool> more = state.source.Next(state.physical_line);
    if (state.BetweenRows()) state.row_line = state.source.line_number();
    if (absl::IsOutOfRange(more.status())) {
      if (state.quote_line != 0) return state.Unclosed(fmt::format("line {}, {} bytes later", state.source.line_number(), kMaxLineBytes));
      state.GiveRowUp();
      continue;
    }
    if (!more.ok()) return more.status();
    if (!*more) {
      state.at_end = true;
      if (state.WithinQuotes()) return state.Unclosed("the end of the file");
      csv_fini(&state.parser, OnField, OnRowEnd, &state);
      continue;
    }
    const std::string_view text = state.physical_line;
    if (state.quote_line != 0 && state.ClosesBadly(text)) return state.Unclosed(fmt::format("line {}", state.source.line_number()));
    state.field_ended = false;
    if (const size_t read = csv_parse(&state.parser, text.data(), text.size(), OnField, OnRowEnd, &state); read != text.size()) {
      const bool opens_here = state.quote_line == 0 && state.WithinQuotes();
      if (opens_here && text.find('"', read) == std::string_view::npos) state.quote_line = state.source.line_number();
      if (state.quote_line != 0) return state.Unclosed(fmt::format("line {}, {} bytes later", state.source.line_number(), kMaxRowBytes));
      state.GiveRowUp();
      continue;
    }
    if (!state.WithinQuotes()) {
      state.quote_line = 0;
    } else if (state.quote_line == 0 || state.field_ended) {
      state.quote_line = state.source.line_number();
    }
  }
  std::swap(row, state.ready[state.ready_next++]);
  return true;
}

}  // namespace rung::importer
