#include "tools/rungctl/feature_table.h"

#include <cmath>
#include <map>
#include <string>

#include "rung/grading/v1/feature.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

constexpr std::string_view kMinorUnits = "fen";

std::map<std::string, std::string> UnitsOf(Session& session) {
  pb::ListFeatureDefinitionsResponse response;
  std::map<std::string, std::string> units;
  if (session.connection
          .Call<pb::FeatureService>(&pb::FeatureService::Stub::ListFeatureDefinitions,
                                    pb::ListFeatureDefinitionsRequest(), &response)
          .ok()) {
    for (const pb::FeatureDefinition& definition : response.definitions()) units[definition.name()] = definition.unit();
  }
  return units;
}

// "fen" and "fen/month" are shown as money.
bool IsMoney(const std::string& unit) { return unit.starts_with(kMinorUnits); }

std::string ValueOf(const pb::FeatureValue& feature, const std::string& unit, const Label& missing, Language language) {
  switch (feature.value_case()) {
    case pb::FeatureValue::kNumber:
      if (IsMoney(unit) && std::abs(feature.number()) < 9e15) return FormatMoney(std::llround(feature.number()), "");
      return FormatNumber(feature.number());
    case pb::FeatureValue::kText:
      return feature.text();
    case pb::FeatureValue::kMissing:
    case pb::FeatureValue::VALUE_NOT_SET:
      break;
  }
  return missing.in(language) + (feature.missing().empty() ? "" : ": " + feature.missing());
}

std::string UnitShown(const std::string& unit, const std::string& currency) {
  if (!IsMoney(unit)) return unit;
  // Without a currency: the main unit of whatever it is.
  if (currency.empty()) return "100 " + unit;
  return currency + unit.substr(kMinorUnits.size());
}

}  // namespace

Table FeatureTable(const google::protobuf::RepeatedPtrField<pb::FeatureValue>& features, Session& session) {
  const std::map<std::string, std::string> units = UnitsOf(session);
  const std::string currency = CurrencyOf(session);
  Table table;
  table.AddColumn(session.In({"Feature", "特征"}));
  table.AddColumn(session.In({"Value", "值"}), Align::kRight);
  table.AddColumn(session.In({"Unit", "单位"}));
  for (const pb::FeatureValue& feature : features) {
    const auto place = units.find(feature.name());
    const std::string unit = place == units.end() ? "" : place->second;
    table.AddRow({feature.name(), ValueOf(feature, unit, {"missing", "缺失"}, session.options.language),
                  UnitShown(unit, currency)});
  }
  return table;
}

}  // namespace rung::ctl
