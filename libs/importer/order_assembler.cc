#include "libs/importer/order_assembler.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace rung::importer {
namespace {

// What the API takes as one line; see rung/grading/v1/event.proto.
constexpr int64_t kMaxQuantityMilli = 1'000'000'000'000;
constexpr features::Fen kMaxAmount = 100'000'000'000;

// Ids hold no control characters, so that the separator keeps the two apart.
std::string KeyOf(const ImportedLine& line) { return line.customer_id + '\0' + line.order_id; }

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

absl::Status OrderAssembler::Add(ImportedLine line, int64_t line_number) {
  std::string key = KeyOf(line);
  auto place = by_key_.find(key);
  if (place == by_key_.end()) {
    if (closed_.Contains(key)) {
      report_.Drop(Reason::kOrderContinuedTooLate, line_number, line.order_id);
      return absl::OkStatus();
    }
    OpenOrder& open = open_.emplace_back();
    open.key = key;
    open.customer_id = std::move(line.customer_id);
    open.order.order_id = std::move(line.order_id);
    open.time = line.time;
    open.line_number = line_number;
    open.row_count = row_count_;
    place = by_key_.emplace(std::move(key), std::prev(open_.end())).first;
  }
  OpenOrder& open = *place->second;
  open.time = std::min(open.time, line.time);
  if (open.region.empty()) open.region = std::move(line.region);
  if (open.segment.empty()) open.segment = std::move(line.segment);
  open.order.lines.push_back(std::move(line.line));
  return absl::OkStatus();
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
  if (open.order.lines.size() > options_.order_lines_max) {
    open.order.lines = MergeLines(std::move(open.order.lines));
    if (open.order.lines.size() > options_.order_lines_max) {
      report_.Drop(Reason::kOrderTooLarge, open.line_number, open.order.order_id, line_count);
      return absl::OkStatus();
    }
  }
  if (customers_.Insert(open.customer_id)) {
    ++report_.customer_count;
    if (absl::Status status = EmitProfile(open); !status.ok()) return status;
  }
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

absl::Status OrderAssembler::EmitProfile(const OpenOrder& open) {
  if (open.region.empty() && open.segment.empty()) return absl::OkStatus();
  features::CustomerProfile profile;
  if (!open.region.empty()) profile.region = open.region;
  if (!open.segment.empty()) profile.segment = open.segment;
  features::Event event;
  event.customer_id = open.customer_id;
  event.event_id = "import:profile";
  event.event_time = open.time;
  event.day = options_.zone->DayOf(open.time);
  event.source = "import";
  event.fact = std::move(profile);
  ++report_.event_count;
  return sink_(std::move(event));
}

}  // namespace rung::importer
