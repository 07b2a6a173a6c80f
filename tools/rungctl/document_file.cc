#include "tools/rungctl/document_file.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/importer/line_source.h"
#include "libs/importer/text_check.h"
#include "tools/rungctl/display_width.h"

namespace rung::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr size_t kMaxBytes = 256 << 20;  // a price book of 200,000 SKUs
constexpr int kNumberTooLarge = 406;  // of the JSON library's exceptions
constexpr size_t kMaxDepth = 100;  // protobuf's own bound

// Counts the lines of what the JSON library has taken.
struct Cursor {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  int* line;

  reference operator*() const { return *at; }
  Cursor& operator++() {
    if (*at == '\n') ++*line;
    ++at;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at == other.at; }
  bool operator!=(const Cursor& other) const { return at != other.at; }
};

// Follows the JSON along the message's type. Stops at the first key that doesn't belong there.
class Walker : public nlohmann::json_sax<nlohmann::json> {
 public:
  /// `wanted`: the path of a field whose line is looked for; to keep all of a large document's would take more than it.
  Walker(const Descriptor* type, const int& line, std::string wanted = "") : line_(line), wanted_(std::move(wanted)) { next_ = type; }

  const std::string& problem() const { return problem_; }
  int problem_line() const { return problem_line_; }
  /// Where the wanted field stands; 0: unknown.
  int wanted_line() const { return wanted_line_; }

  bool null() override { return Value(); }
  bool boolean(bool) override { return Value(); }
  bool number_integer(number_integer_t) override { return Value(); }
  bool number_unsigned(number_unsigned_t) override { return Value(); }
  bool number_float(number_float_t, const string_t&) override { return Value(); }
  bool string(string_t&) override { return Value(); }
  bool binary(binary_t&) override { return Value(); }
  bool start_object(size_t) override { return Open(false); }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(true); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    Frame& frame = frames_.back();
    next_ = nullptr;
    if (!frame.keys.insert(NameOf(frame, name)).second) return Stop(fmt::format("\"{}\" is given twice{}", Shorten(name, 80), Within(frame.path)));
    if (frame.map_value != nullptr) {
      next_ = TypeOf(frame.map_value);
      frame.at = frame.path + "[\"" + name + "\"]";
    } else {
      frame.at = frame.path.empty() ? name : frame.path + "." + name;
      if (frame.type != nullptr && !Follow(*frame.type, name, frame)) return false;
    }
    Note(frame);
    return true;
  }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error …; last read: '…'"
    const std::string_view what = error.what();
    if (error.id == kNumberTooLarge) {
      const size_t number = what.find('\'');
      return Stop(fmt::format("{} is too large for a number", number == std::string_view::npos ? "a value" : what.substr(number)));
    }
    const size_t detail = what.find(": ");
    const std::string_view said = detail == std::string_view::npos ? what : what.substr(detail + 2);
    return Stop("no JSON: " + Printable(said));
  }

 private:
  struct Frame {
    bool is_array = false;
    const Descriptor* type = nullptr;             // of this object, or of an array's elements
    const FieldDescriptor* map_value = nullptr;  // this object is a map
    std::string path;
    std::string at;  // the path of the current value
    int index = 0;
    std::set<std::string> keys;
  };

  static const FieldDescriptor* FieldOf(const Descriptor& type, const std::string& name) {
    const FieldDescriptor* field = type.FindFieldByName(name);
    return field != nullptr ? field : type.FindFieldByCamelcaseName(name);
  }
  // A field has two spellings.
  static const std::string& NameOf(const Frame& frame, const std::string& name) {
    const FieldDescriptor* field = frame.map_value != nullptr || frame.type == nullptr ? nullptr : FieldOf(*frame.type, name);
    return field == nullptr ? name : field->name();
  }

  bool Follow(const Descriptor& type, const std::string& name, Frame& frame) {
    const FieldDescriptor* field = FieldOf(type, name);
    if (field == nullptr) return Stop(fmt::format("unknown field \"{}\"{}; {}", Shorten(name, 80), Within(frame.path), Known(type)));
    next_ = TypeOf(field);
    next_map_ = field->is_map() ? field->message_type()->map_value() : nullptr;
    return true;
  }

  // Of messages of our own; the shapes of google.protobuf's are JSON's own.
  static const Descriptor* TypeOf(const FieldDescriptor* field) {
    const Descriptor* type = field->message_type();
    return type == nullptr || type->full_name().starts_with("google.protobuf.") || field->is_map() ? nullptr : type;
  }
  static std::string Known(const Descriptor& type) {
    std::string names;
    for (int i = 0; i < type.field_count(); ++i) names += (i == 0 ? "" : ", ") + type.field(i)->name();
    return "there are: " + names;
  }
  static std::string Within(const std::string& path) { return path.empty() ? "" : " in " + path; }

  bool Open(bool is_array) {
    if (frames_.size() >= kMaxDepth) return Stop(fmt::format("nested deeper than {} levels", kMaxDepth));
    Frame frame;
    frame.is_array = is_array;
    frame.type = std::exchange(next_, nullptr);
    frame.map_value = std::exchange(next_map_, nullptr);
    if (!frames_.empty()) {
      Place();
      frame.path = frames_.back().at;
      if (frames_.back().is_array) frame.type = frames_.back().type;
    }
    frames_.push_back(std::move(frame));
    return true;
  }
  bool Close() {
    frames_.pop_back();
    return Done();
  }
  bool Value() {
    next_ = nullptr;
    next_map_ = nullptr;
    if (!frames_.empty()) Place();
    return Done();
  }
  void Place() {
    Frame& frame = frames_.back();
    if (!frame.is_array) return;
    frame.at = fmt::format("{}[{}]", frame.path, frame.index);
    Note(frame);
  }
  void Note(const Frame& frame) {
    if (!wanted_.empty() && frame.at == wanted_) wanted_line_ = line_;
  }
  bool Done() {
    if (!frames_.empty() && frames_.back().is_array) ++frames_.back().index;
    return true;
  }
  bool Stop(std::string problem) {
    problem_ = std::move(problem);
    problem_line_ = line_;
    return false;
  }

  const int& line_;
  std::vector<Frame> frames_;
  const std::string wanted_;  // as protobuf writes paths
  int wanted_line_ = 0;
  const Descriptor* next_ = nullptr;             // of the value that comes
  const FieldDescriptor* next_map_ = nullptr;
  std::string problem_;
  int problem_line_ = 0;
};

// Where a field stands, by the path that protobuf gives it; 0: unknown.
int LineOf(const std::string& path, const std::string& json, const Descriptor& type) {
  int line = 1;
  Walker walker(&type, line, path);
  nlohmann::json::sax_parse(Cursor{json.data(), &line}, Cursor{json.data() + json.size(), &line}, &walker);
  return walker.wanted_line();
}

}  // namespace

std::optional<JsonProblem> ParseJson(const std::string& json, google::protobuf::Message& message) {
  if (!importer::IsUtf8(json) || json.find('\0') != std::string::npos) {
    return JsonProblem{1, "no JSON: not UTF-8 text: save it as UTF-8 / 不是 UTF-8 文本，请另存为 UTF-8"};
  }
  int line = 1;
  Walker walker(message.GetDescriptor(), line);
  const Cursor begin{json.data(), &line}, end{json.data() + json.size(), &line};
  if (!nlohmann::json::sax_parse(begin, end, &walker)) return JsonProblem{walker.problem_line(), walker.problem()};
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  if (status.ok()) return std::nullopt;
  // "(tiers[0].lower_bound): invalid value …"; some quote a piece of the text below, with a mark under it.
  std::string text(status.message().data(), status.message().size());
  text.erase(std::min(text.find('\n'), text.size()));
  const size_t open = text.find('('), close = text.find(')');
  const int at = close == std::string::npos ? 0 : LineOf(text.substr(open + 1, close - open - 1), json, *message.GetDescriptor());
  return JsonProblem{at, std::move(text)};
}

absl::Status ParseDocument(const std::string& name, const std::string& json, google::protobuf::Message& document) {
  const std::optional<JsonProblem> problem = ParseJson(json, document);
  if (!problem) return absl::OkStatus();
  if (problem->line == 0) return InvalidArgumentError("{}: {}", name, problem->text);
  return InvalidArgumentError("{}:{}: {}", name, problem->line, problem->text);
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  RUNG_ASSIGN_OR_RETURN(importer::LineSource source, importer::LineSource::Open(path));
  std::string text;
  std::string line;
  while (true) {
    RUNG_ASSIGN_OR_RETURN(const bool more, source.Next(line));
    if (!more) return text;
    text += line;
    if (text.size() > kMaxBytes) return InvalidArgumentError("{}: larger than {} bytes", path, kMaxBytes);
  }
}

absl::Status ReadDocument(const std::string& path, google::protobuf::Message& document) {
  const absl::StatusOr<std::string> json = ReadText(path);
  if (absl::IsNotFound(json.status()) && path.find_first_of("./") == std::string::npos) {
    return NotFoundError("{}; for the stored draft \"{}\" say --draft {}, where the command has it", Message(json.status()), path, path);
  }
  if (!json.ok()) return json.status();
  return ParseDocument(path, *json, document);
}

}  // namespace rung::ctl
