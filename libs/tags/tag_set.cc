#include "libs/tags/tag_set.h"

#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "libs/base/text.h"

namespace rung::tags {
namespace {

using scoring::Comparison;
using scoring::Condition;

constexpr size_t kMaxNames = 32;
constexpr size_t kMaxText = 256;
constexpr double kLargest = 1e15;  // as for the conditions of models

bool IsId(std::string_view id) {
  bool good = !id.empty() && id.size() <= 64;
  for (const char c : id) good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_');
  return good;
}

// The values of one feature that conditions leave.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  void Narrow(const Condition& condition) {
    const double value = condition.value;
    const bool open = condition.comparison == Comparison::kGreater || condition.comparison == Comparison::kLess;
    if (condition.comparison == Comparison::kGreater || condition.comparison == Comparison::kAtLeast) {
      if (value > low || (value == low && open)) low = value, low_open = open;
    } else if (value < high || (value == high && open)) {
      high = value, high_open = open;
    }
  }
  bool Empty() const { return low > high || (low == high && (low_open || high_open)); }
};

class Validator {
 public:
  explicit Validator(const std::function<bool(std::string_view)>& is_feature) : is_feature_(is_feature) {}

  std::vector<Violation> Run(const TagSet& set) {
    if (set.tags.empty() || set.tags.size() > kMaxTags) {
      Add("tags", "OUT_OF_RANGE", fmt::format("{} tags; 1 to {}", set.tags.size(), kMaxTags));
    }
    std::set<std::string_view> ids;
    for (size_t i = 0; i < set.tags.size(); ++i) {
      const Tag& tag = set.tags[i];
      const std::string path = fmt::format("tags[{}]", i);
      if (!IsId(tag.tag_id)) {
        Add(path + ".tag_id", "BAD_ID", fmt::format("\"{}\" must be 1 to 64 of a-z, 0-9, '-' and '_'", Shorten(tag.tag_id, 80)));
      } else if (!ids.insert(tag.tag_id).second) {
        Add(path + ".tag_id", "DUPLICATE", fmt::format("\"{}\" is given twice", tag.tag_id));
      }
      CheckTexts(path + ".names", tag.names);
      CheckTexts(path + ".descriptions", tag.descriptions);
      CheckConditions(path, tag);
    }
    return std::move(violations_);
  }

 private:
  void Add(std::string field, std::string reason, std::string message) {
    violations_.push_back({std::move(field), std::move(reason), std::move(message)});
  }

  void CheckTexts(const std::string& path, const std::map<std::string, std::string>& texts) {
    if (texts.size() > kMaxNames) Add(path, "TOO_MANY", fmt::format("{} languages; at most {}", texts.size(), kMaxNames));
    for (const auto& [language, text] : texts) {
      if (auto problem = FindTextProblem(path, language, 32)) violations_.push_back(*std::move(problem));
      if (auto problem = FindTextProblem(path + "[\"" + Shorten(language, 20) + "\"]", text, kMaxText)) {
        violations_.push_back(*std::move(problem));
      }
    }
  }

  void CheckConditions(const std::string& path, const Tag& tag) {
    const size_t count = tag.conditions.size();
    if (count == 0 || count > kMaxConditions) {
      Add(path + ".conditions", "OUT_OF_RANGE", fmt::format("{} conditions; 1 to {}", count, kMaxConditions));
    }
    if (count > 0 && (tag.at_least < 1 || tag.at_least > static_cast<int>(count))) {
      Add(path + ".at_least", "OUT_OF_RANGE", fmt::format("{} of {} conditions; 1 to {}", tag.at_least, count, count));
    }
    std::map<std::string_view, Range> ranges;
    for (size_t k = 0; k < count; ++k) {
      const Condition& condition = tag.conditions[k];
      const std::string item = fmt::format("{}.conditions[{}]", path, k);
      if (!is_feature_(condition.feature)) {
        Add(item + ".feature", "UNKNOWN_FEATURE",
            fmt::format("\"{}\" is no feature; `rungctl features definitions` lists them", Shorten(condition.feature, 80)));
      }
      if (!std::isfinite(condition.value) || std::fabs(condition.value) > kLargest) {
        Add(item + ".value", "OUT_OF_RANGE", fmt::format("{} is outside -1e15 to 1e15", condition.value));
      } else if (tag.at_least == static_cast<int>(count)) {
        Range& range = ranges[condition.feature];
        const bool possible = !range.Empty();
        range.Narrow(condition);
        if (possible && range.Empty()) {
          Add(item, "CONTRADICTION", fmt::format("no {} meets this and the conditions before it: nobody could have the tag "
                                                 "(change a bound, or use MATCH_ANY)", condition.feature));
        }
      }
    }
  }

  const std::function<bool(std::string_view)>& is_feature_;
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> Validate(const TagSet& set, const std::function<bool(std::string_view)>& is_feature) {
  return Validator(is_feature).Run(set);
}

}  // namespace rung::tags
