#include "libs/importer/order_assembler.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "libs/base/status.h"

namespace rung::importer {
namespace {

// What the API takes as one line; see rung/grading/v1/event.proto.
constexpr int64_t kMaxQuantityMilli = 1'000'000'000'000;
constexpr features::Fen kMaxAmount = 100'000'000'000;
constexpr features::Fen kMaxOrderAmount = 1'000'000'000'000;

// Ids hold no control characters, so that the separator keeps the two apart.
std::string KeyOf(const OrderKey& ids) { return std::string(ids.customer_id) + '\0' + std::string(ids.order_id); }

int64_t NumberOf(const std::string& text) { return static_cast<int64_t>(FingerprintOf(text).number); }

bool Fits(const features::OrderLine& a, const features::OrderLine& b) {
  return a.quantity_milli + b.quantity_milli <= kMaxQuantityMilli && a.amount + b.amount <= kMaxAmount &&
         a.promotional_discount + b.promotional_discount <= kMaxAmount &&
         (!a.cost || !b.cost || *a.cost + *b.cost <= kMaxAmount);
}

}  // namespace

std::vector<features::OrderLine> MergeLines(std::vector<features::OrderLine> lines) {
  std::map<std::tuple<std::string, std::string, features::Unit>, size_t> places;
  std::vector<features::OrderLine> merged;
  for (features::OrderLine& line : lines) {
    const auto [place, is_new] = places.try_emplace({line.sku, line.category, line.unit}, merged.size());
    if (is_new || !Fits(merged[place->second], line)) {
      place->second = merged.size();
      merged.push_back(std::move(line));
      continue;
    }
    features::OrderLine& sum = merged[place->second];
    sum.quantity_milli += line.quantity_milli;
    sum.amount += line.amount;
    sum.promotional_discount += line.promotional_discount;
    sum.cost = sum.cost && line.cost ? std::optional(*sum.cost + *line.cost) : std::nullopt;
  }
  return merged;
}

OrderAssembler::OpenOrder& OrderAssembler::Open(std::string key, std::string_view customer_id, std::string_view order_id, int64_t line_number) {
  OpenOrder& open = open_.emplace_back();
  open.key = key;
  open.customer_id = customer_id;
  open.order.order_id = order_id;
  open.line_number = line_number;
  open.row_count = row_count_;
  by_key_.emplace(std::move(key), std::prev(open_.end()));
  return open;
}

absl::Status OrderAssembler::Add(ImportedLine line, int64_t line_number) {
  std::string key = KeyOf({line.customer_id, line.order_id});
  const auto place = by_key_.find(key);
  if (place == by_key_.end() && closed_.Contains(key)) {
    report_.Drop(held_back_.Contains(key) ? Reason::kOrderIncomplete : Reason::kOrderContinuedTooLate, line_number, line.order_id);
    return absl::OkStatus();
  }
  OpenOrder& open = place == by_key_.end() ? Open(std::move(key), line.customer_id, line.order_id, line_number) : *place->second;
  const bool is_first = open.order.lines.empty();
  open.time = is_first ? line.time : std::min(open.time, line.time);
  open.latest_time = is_first ? line.time : std::max(open.latest_time, line.time);
  if (open.region.empty()) open.region = std::move(line.region);
  if (open.segment.empty()) open.segment = std::move(line.segment);
  open.order.lines.push_back(std::move(line.line));
  return absl::OkStatus();
}

bool OrderAssembler::Spoil(const OrderKey& ids, int64_t line_number) {
  std::string key = KeyOf(ids);
  const auto place = by_key_.find(key);
  if (place == by_key_.end() && closed_.Contains(key)) return held_back_.Contains(key);
  (place == by_key_.end() ? Open(std::move(key), ids.customer_id, ids.order_id, line_number) : *place->second).spoilt = true;
  return true;
}

absl::Status OrderAssembler::Advance(int64_t row_count) {
  row_count_ = row_count;
  while (!open_.empty() && open_.front().row_count + options_.order_window_lines <= row_count) {
    if (absl::Status status = HandOver(open_.front()); !status.ok()) return status;
    closed_.Insert(open_.front().key);
    by_key_.erase(open_.front().key);
    open_.pop_front();
  }
  return absl::OkStatus();
}

absl::Status OrderAssembler::Finish() {
  for (OpenOrder& open : open_) {
    if (absl::Status status = HandOver(open); !status.ok()) return status;
  }
  open_.clear();
  by_key_.clear();
  return absl::OkStatus();
}

absl::Status OrderAssembler::HandOver(OpenOrder& open) {
  const auto line_count = static_cast<int64_t>(open.order.lines.size());
  features::Fen amount = 0;
  for (const features::OrderLine& line : open.order.lines) amount += line.amount;
  if (open.spoilt) {
    held_back_.Insert(open.key);
    if (line_count > 0) report_.Drop(Reason::kOrderIncomplete, open.line_number, open.order.order_id, line_count);
    return absl::OkStatus();
  }
  if (amount > kMaxOrderAmount) {
    held_back_.Insert(open.key);
    report_.Drop(Reason::kOrderTooLarge, open.line_number, open.order.order_id, line_count);
    return absl::OkStatus();
  }
  if (open.order.lines.size() > options_.order_lines_max) {
    open.order.lines = MergeLines(std::move(open.order.lines));
    if (open.order.lines.size() > options_.order_lines_max) {
      held_back_.Insert(open.key);
      report_.Drop(Reason::kOrderTooLarge, open.line_number, open.order.order_id, line_count);
      return absl::OkStatus();
    }
  }
  const auto [customer, is_new] = customers_.try_emplace(FingerprintOf(open.customer_id));
  if (is_new) ++report_.customer_count;
  if (Tells(open, open.region, customer->second.region)) {
    features::CustomerProfile profile;
    profile.region = open.region;
    RUNG_RETURN_IF_ERROR(EmitProfile(open, "region", std::move(profile)));
  }
  if (Tells(open, open.segment, customer->second.segment)) {
    features::CustomerProfile profile;
    profile.segment = open.segment;
    RUNG_RETURN_IF_ERROR(EmitProfile(open, "segment", std::move(profile)));
  }
  if (options_.zone->DayOf(open.time) != options_.zone->DayOf(open.latest_time)) ++report_.orders_over_days;
  report_.clean_lines += line_count;
  report_.revenue += amount;
  ++report_.order_count;
  ++report_.event_count;

  features::Event event;
  event.customer_id = open.customer_id;
  event.event_id = "import:" + open.order.order_id;
  event.event_time = open.time;
  event.day = options_.zone->DayOf(open.time);
  event.source = "import";
  event.fact = std::move(open.order);
  return sink_(std::move(event));
}

// By time and not by place in the file: the server goes by time, too.
bool OrderAssembler::Tells(const OpenOrder& open, const std::string& value, Trait& known) const {
  if (value.empty() || open.time > options_.latest_time || (known.value != 0 && open.time <= known.time)) return false;
  const int64_t told = NumberOf(value);
  known.time = open.time;
  return std::exchange(known.value, told) != told;
}

absl::Status OrderAssembler::EmitProfile(const OpenOrder& open, std::string_view trait, features::CustomerProfile profile) {
  features::Event event;
  event.customer_id = open.customer_id;
  event.event_id = fmt::format("import-{}:{}", trait, open.order.order_id);
  event.event_time = open.time;
  event.day = options_.zone->DayOf(open.time);
  event.source = "import";
  event.fact = std::move(profile);
  ++report_.event_count;
  return sink_(std::move(event));
}

}  // namespace rung::importer
