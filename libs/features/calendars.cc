#include "libs/features/calendars.h"

namespace rung::features {

void CalendarSet::Set(std::string region, BusinessCalendar calendar) {
  if (!calendar.empty()) calendars_.insert_or_assign(std::move(region), std::move(calendar));
}

const BusinessCalendar& CalendarSet::For(std::string_view region) const {
  static const BusinessCalendar kNoClosedDays;
  auto it = calendars_.find(region);
  if (it == calendars_.end()) it = calendars_.find("");
  return it == calendars_.end() ? kNoClosedDays : it->second;
}

const BusinessCalendar& CalendarSet::Of(const CustomerState& state, Day as_of, const CodeBook& codes) const {
  if (empty()) return For("");
  const AttributeValue* region = state.Latest(kRegion, as_of);
  return region == nullptr ? For("") : For(codes.Word(CodeKind::kRegion, static_cast<int32_t>(region->value)));
}

void CountInOpenDays(const BusinessCalendar& calendar, CustomerState& state) {
  if (calendar.empty()) return;
  const auto count = [&](Day& day) {
    if (day != kNever && day != -kNever) day = calendar.OrdinalOf(day);
  };
  count(state.fold_day);
  count(state.folded.first_placed);
  count(state.folded.last_effective);
  for (OrderRecord& order : state.orders) {
    count(order.day);
    count(order.cancelled);
    count(order.reviewed);
    for (Amendment& amendment : order.amendments) count(amendment.day);
    for (RefundRecord& refund : order.refunds) count(refund.day);
  }
  for (DeliveryDay& item : state.deliveries) count(item.day);
  for (DayCount& item : state.complaints) count(item.day);
  for (DayCount& item : state.sessions) count(item.day);
  for (InvoiceRecord& invoice : state.invoices) {
    count(invoice.day);
    count(invoice.due);
    count(invoice.paid);
  }
  for (AttributeValue& value : state.attributes) {
    count(value.day);
    if (value.attribute == kRegisteredDay) value.value = calendar.OrdinalOf(static_cast<Day>(value.value));
  }
}

Day FoldDayAsOf(Day as_of, const BusinessCalendar& calendar) {
  return calendar.OpenDayOf(calendar.OrdinalOf(as_of) - kWindowDays);
}

bool Reaches(const CustomerState& state, Day as_of, const BusinessCalendar& calendar) {
  return state.fold_day == -kNever || calendar.OrdinalOf(as_of) - kWindowDays >= calendar.OrdinalOf(state.fold_day);
}

DatedState OpenDays::Of(const CalendarSet& calendars, const CustomerState& state, Day as_of) {
  const BusinessCalendar& calendar = calendars.Of(state, as_of, codes_);
  if (calendar.empty()) return {state, as_of};
  counted_ = state;
  CountInOpenDays(calendar, counted_);
  return {counted_, calendar.OrdinalOf(as_of)};
}

}  // namespace rung::features
