// Parts that price books, policies, benefit plans and coupons share, between the wire and the domain.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/map.h>

#include "libs/base/violation.h"
#include "libs/pricing/rules.h"

namespace rung::wire {

/// Reads parts of a document at their paths; what doesn't fit becomes a violation.
class RuleReader {
 public:
  explicit RuleReader(std::vector<Violation>& violations) : violations_(violations) {}

  void Add(std::string field, std::string reason, std::string message);
  /// `value` is the number of an enum; `unspecified` is refused as missing.
  void CheckEnum(const std::string& field, bool valid, int value, bool required);

  /// "from_date" and "until_date" at `path` ("" for the document itself).
  pricing::Days ReadDays(const std::string& path, const std::string& from, const std::string& until);
  pricing::Scope ReadScope(const std::string& field, const std::string& text);

  /// Of any message with the oneof { pay_bps, price_fen }.
  template <typename Message>
  static pricing::Terms ReadTerms(const Message& in) {
    pricing::Terms terms;
    if (in.has_pay_bps()) terms.pay = pricing::Bps{in.pay_bps()};
    if (in.has_price_fen()) terms.price = pricing::Fen{in.price_fen()};
    return terms;
  }

 private:
  std::vector<Violation>& violations_;
};

template <typename Message>
void WriteTerms(const pricing::Terms& terms, Message* out) {
  if (terms.pay) out->set_pay_bps(static_cast<int32_t>(terms.pay->value));
  if (terms.price) out->set_price_fen(terms.price->value);
}

template <typename Message>
void WriteDays(const pricing::Days& days, Message* out) {
  if (days.from) out->set_from_date(FormatDay(*days.from));
  if (days.until) out->set_until_date(FormatDay(*days.until));
}

using WireNames = google::protobuf::Map<std::string, std::string>;
inline pricing::Names ReadNames(const WireNames& in) { return {in.begin(), in.end()}; }
inline void WriteNames(const pricing::Names& in, WireNames* out) {
  for (const auto& [language, name] : in) (*out)[language] = name;
}

}  // namespace rung::wire
