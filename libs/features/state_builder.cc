#include "libs/features/state_builder.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "libs/base/customer_id.h"

namespace rung::features {
namespace {

bool OrderBefore(const OrderRecord& a, const OrderRecord& b) {
  return a.day != b.day ? a.day < b.day : a.key < b.key;
}

OrderRecord* FindOrder(CustomerState& state, uint64_t key) {
  // Facts mostly concern recent orders, and those waiting for their order stand at the end.
  for (auto it = state.orders.rbegin(); it != state.orders.rend(); ++it) {
    if (it->key == key) return &*it;
  }
  return nullptr;
}

template <typename T, typename Before>
T& InsertSorted(std::vector<T>& list, T item, Before before) {
  return *list.insert(std::upper_bound(list.begin(), list.end(), item, before), std::move(item));
}

template <typename T>
T& AtDay(std::vector<T>& list, Day day) {
  auto it = std::lower_bound(list.begin(), list.end(), day, [](const T& item, Day d) { return item.day < d; });
  if (it == list.end() || it->day != day) {
    T item{};
    item.day = day;
    it = list.insert(it, item);
  }
  return *it;
}

// Keeps, of each attribute, the newest value that an evaluation as of `first_as_of` can see, and all later ones.
void DropSupersededValues(Day first_as_of, std::vector<AttributeValue>& values) {
  auto superseded = [&](size_t i) {
    return i + 1 < values.size() && values[i + 1].attribute == values[i].attribute && values[i + 1].day <= first_as_of;
  };
  size_t kept = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (superseded(i)) continue;
    if (kept != i) values[kept] = std::move(values[i]);
    ++kept;
  }
  values.resize(kept);
}

// Applies one event's fact; the state is changed only when the outcome is kApplied.
class FactApplier {
 public:
  FactApplier(const Event& event, const CodeBook& codes, CustomerState& state)
      : event_(event), codes_(codes), state_(state) {}

  ApplyOutcome operator()(const Order& order) {
    return order.revision == 0 ? Place(order) : Amend(order);
  }

  ApplyOutcome operator()(const Cancellation& fact) {
    OrderRecord* order = OrderFor(fact.order_id);
    if (order == nullptr) return ApplyOutcome::kNeedsRebuild;
    order->cancelled = std::min(order->cancelled, event_.day);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const Refund& fact) {
    OrderRecord* order = OrderFor(fact.order_id);
    if (order == nullptr) return ApplyOutcome::kNeedsRebuild;
    const RefundRecord refund{event_.day, fact.amount, fact.reason == RefundReason::kCustomerReturn};
    order->refunds.insert(std::upper_bound(order->refunds.begin(), order->refunds.end(), refund), refund);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const Review& fact) {
    OrderRecord* order = OrderFor(fact.order_id);
    if (order == nullptr) return ApplyOutcome::kNeedsRebuild;
    order->reviewed = std::min(order->reviewed, event_.day);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const Delivery& fact) {
    if (event_.day <= state_.fold_day || !fact.promised_time) return ApplyOutcome::kApplied;
    const bool on_time = fact.actual_time <= *fact.promised_time;
    if (!on_time && fact.carrier_fault) return ApplyOutcome::kApplied;
    DeliveryDay& day = AtDay(state_.deliveries, event_.day);
    ++day.promised;
    day.on_time += on_time ? 1 : 0;
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const Complaint&) { return Count(state_.complaints); }
  ApplyOutcome operator()(const Session&) { return Count(state_.sessions); }

  ApplyOutcome operator()(const Invoice& fact) {
    const uint64_t key = LocalFingerprint(fact.invoice_id);
    InvoiceRecord* known = FindInvoice(key);
    if (known != nullptr && known->day != kNever) return ApplyOutcome::kConflict;
    if (known == nullptr && (fact.due_day <= state_.fold_day || state_.settled_invoices.MayContain(key))) {
      return ApplyOutcome::kNeedsRebuild;
    }
    InvoiceRecord invoice = known != nullptr ? *known : InvoiceRecord{.key = key};
    invoice.day = event_.day;
    invoice.due = fact.due_day;
    if (fact.paid_day) invoice.paid = std::min(invoice.paid, *fact.paid_day);
    if (known != nullptr) state_.invoices.erase(state_.invoices.begin() + (known - state_.invoices.data()));
    InsertInvoice(invoice);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const Payment& fact) {
    const uint64_t key = LocalFingerprint(fact.invoice_id);
    InvoiceRecord* invoice = FindInvoice(key);
    if (invoice == nullptr) {
      if (state_.settled_invoices.MayContain(key)) return ApplyOutcome::kNeedsRebuild;
      invoice = &InsertInvoice(InvoiceRecord{.key = key});
    }
    invoice->paid = std::min(invoice->paid, event_.day);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const CustomerProfile& profile) {
    if (profile.registered_day) Set(kRegisteredDay, *profile.registered_day);
    if (profile.region) Set(kRegion, codes_.Find(CodeKind::kRegion, *profile.region));
    if (profile.segment) Set(kSegment, codes_.Find(CodeKind::kSegment, *profile.segment));
    if (profile.account_manager) Set(kAccountManager, codes_.Find(CodeKind::kAccountManager, *profile.account_manager));
    if (profile.credit_terms) Set(kCreditTerms, *profile.credit_terms ? 1 : 0);
    if (profile.status) Set(kStatus, static_cast<int>(*profile.status));
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const OutsideValue& fact) {
    Set(kFirstOutside + codes_.Find(CodeKind::kOutsideValue, fact.name), fact.value);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome operator()(const Void&) { return ApplyOutcome::kNeedsRebuild; }

 private:
  // The record that facts about an order go to. nullptr: it may be among the folded ones.
  OrderRecord* OrderFor(const std::string& order_id) {
    const uint64_t key = LocalFingerprint(order_id);
    if (OrderRecord* order = FindOrder(state_, key)) return order;
    if (state_.folded.ids.MayContain(key)) return nullptr;
    return &InsertSorted(state_.orders, OrderRecord{.key = key}, OrderBefore);
  }

  ApplyOutcome Place(const Order& fact) {
    const uint64_t key = LocalFingerprint(fact.order_id);
    OrderRecord* waiting = FindOrder(state_, key);
    if (waiting != nullptr && waiting->placed()) return ApplyOutcome::kConflict;
    if (event_.day <= state_.fold_day || state_.folded.ids.MayContain(key)) return ApplyOutcome::kNeedsRebuild;
    OrderRecord order = waiting != nullptr ? *waiting : OrderRecord{.key = key};
    if (!order.amendments.empty()) return ApplyOutcome::kNeedsRebuild;  // they were summarised without the order's day
    order.day = event_.day;
    order.lines = Summarize(fact.lines, event_.day, codes_);
    if (waiting != nullptr) state_.orders.erase(state_.orders.begin() + (waiting - state_.orders.data()));
    InsertSorted(state_.orders, std::move(order), OrderBefore);
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome Amend(const Order& fact) {
    OrderRecord* order = OrderFor(fact.order_id);
    if (order == nullptr) return ApplyOutcome::kNeedsRebuild;
    for (const Amendment& known : order->amendments) {
      if (known.revision == fact.revision) return ApplyOutcome::kConflict;
    }
    const Day order_day = order->placed() ? order->day : event_.day;
    InsertSorted(order->amendments, Amendment{fact.revision, event_.day, Summarize(fact.lines, order_day, codes_)},
                 [](const Amendment& a, const Amendment& b) { return a.revision < b.revision; });
    return ApplyOutcome::kApplied;
  }

  ApplyOutcome Count(std::vector<DayCount>& counts) {
    if (event_.day > state_.fold_day) ++AtDay(counts, event_.day).count;
    return ApplyOutcome::kApplied;
  }

  InvoiceRecord* FindInvoice(uint64_t key) {
    for (InvoiceRecord& invoice : state_.invoices) {
      if (invoice.key == key) return &invoice;
    }
    return nullptr;
  }

  InvoiceRecord& InsertInvoice(const InvoiceRecord& invoice) {
    return InsertSorted(state_.invoices, invoice, [](const InvoiceRecord& a, const InvoiceRecord& b) {
      return a.day != b.day ? a.day < b.day : a.key < b.key;
    });
  }

  void Set(int32_t attribute, double value) {
    AttributeValue item{attribute, event_.event_time, event_.event_id, event_.day, value};
    InsertSorted(state_.attributes, std::move(item), [](const AttributeValue& a, const AttributeValue& b) {
      return std::tie(a.attribute, a.time, a.event_id) < std::tie(b.attribute, b.time, b.event_id);
    });
    if (state_.fold_day != -kNever) DropSupersededValues(state_.fold_day + kWindowDays, state_.attributes);
  }

  const Event& event_;
  const CodeBook& codes_;
  CustomerState& state_;
};

Day LastFactDay(const OrderRecord& order) {
  Day last = order.day;
  if (order.cancelled != kNever) last = std::max(last, order.cancelled);
  if (order.reviewed != kNever) last = std::max(last, order.reviewed);
  if (!order.refunds.empty()) last = std::max(last, order.refunds.back().day);
  for (const Amendment& amendment : order.amendments) last = std::max(last, amendment.day);
  return last;
}

Fen NetOf(const OrderRecord& order) {
  if (order.cancelled != kNever) return 0;
  Fen net = order.amendments.empty() ? order.lines.gross : order.amendments.back().lines.gross;
  for (const RefundRecord& refund : order.refunds) net -= refund.amount;
  return std::max<Fen>(net, 0);
}

void FoldOrder(const OrderRecord& order, FoldedOrders& folded) {
  ++folded.placed;
  folded.ids.Add(order.key);
  folded.first_placed = std::min(folded.first_placed, order.day);
  const Fen net = NetOf(order);
  if (net == 0) return;
  ++folded.effective;
  folded.net += net;
  folded.last_effective = std::max(folded.last_effective, order.day);
}

bool IsVoid(const Event& event) { return std::holds_alternative<Void>(event.fact); }

}  // namespace

LinesSummary Summarize(const std::vector<OrderLine>& lines, Day order_day, const CodeBook& codes) {
  LinesSummary summary;
  summary.cost_known = !lines.empty();
  for (const OrderLine& line : lines) {
    summary.gross += line.amount;
    if (line.cost) {
      summary.cost += *line.cost;
    } else {
      summary.cost_known = false;
    }
    if (line.promotional_discount > 0) summary.promotional += line.amount;
    if (line.listed_day) {
      summary.listing_known = true;
      if (order_day - *line.listed_day <= kNewProductDays) summary.new_product += line.amount;
    }
    if (line.category.empty()) continue;
    const int32_t code = codes.Find(CodeKind::kCategory, line.category);
    auto it = std::find_if(summary.categories.begin(), summary.categories.end(),
                           [&](const CategoryAmount& c) { return c.category >= code; });
    if (it == summary.categories.end() || it->category != code) it = summary.categories.insert(it, {code, 0});
    it->amount += line.amount;
  }
  if (!summary.cost_known) summary.cost = 0;
  return summary;
}

void AddWords(const Event& event, Words& words) {
  const auto add = [&](CodeKind kind, const std::optional<std::string>& word) {
    if (word) words[kind].insert(*word);
  };
  if (const auto* order = std::get_if<Order>(&event.fact)) {
    for (const OrderLine& line : order->lines) {
      if (!line.category.empty()) words[CodeKind::kCategory].insert(line.category);
    }
  } else if (const auto* profile = std::get_if<CustomerProfile>(&event.fact)) {
    add(CodeKind::kRegion, profile->region);
    add(CodeKind::kSegment, profile->segment);
    add(CodeKind::kAccountManager, profile->account_manager);
  } else if (const auto* outside = std::get_if<OutsideValue>(&event.fact)) {
    words[CodeKind::kOutsideValue].insert(outside->name);
  }
}

ApplyOutcome Apply(const Event& event, const CodeBook& codes, CustomerState& state) {
  const uint64_t key = LocalFingerprint(event.event_id);
  if (std::binary_search(state.awaited_voids.begin(), state.awaited_voids.end(), key)) {
    return ApplyOutcome::kNeedsRebuild;
  }
  return std::visit(FactApplier(event, codes, state), event.fact);
}

void Fold(Day fold_day, CustomerState& state) {
  if (fold_day <= state.fold_day) return;
  state.fold_day = fold_day;
  const Day first_as_of = fold_day + kWindowDays;
  std::erase_if(state.orders, [&](const OrderRecord& order) {
    if (!order.placed() || order.day > fold_day || LastFactDay(order) > first_as_of) return false;
    FoldOrder(order, state.folded);
    return true;
  });
  const auto gone = [&](const auto& item) { return item.day <= fold_day; };
  std::erase_if(state.deliveries, gone);
  std::erase_if(state.complaints, gone);
  std::erase_if(state.sessions, gone);
  std::erase_if(state.invoices, [&](const InvoiceRecord& invoice) {
    if (invoice.day == kNever || invoice.due > fold_day || invoice.day > first_as_of) return false;
    state.settled_invoices.Add(invoice.key);
    return true;
  });
  DropSupersededValues(first_as_of, state.attributes);
}

Day FoldDayFor(Day today) { return FoldDayFor(today, BusinessCalendar()); }

Day FoldDayFor(Day today, const BusinessCalendar& calendar) {
  constexpr int kStep = 16;
  const Day oldest = calendar.OpenDayOf(calendar.OrdinalOf(today) - kKeptDays);
  return oldest - ((oldest % kStep) + kStep) % kStep;
}

CustomerState BuildState(std::span<const Event> events, Day fold_day, const CodeBook& codes,
                         std::vector<std::string>* conflicts) {
  std::vector<const Event*> sorted;
  sorted.reserve(events.size());
  for (const Event& event : events) sorted.push_back(&event);
  // Orders before their amendments and before the facts about them, so that nothing has to wait.
  const auto rank = [](const Event& event) {
    if (IsVoid(event)) return 0;
    const auto* order = std::get_if<Order>(&event.fact);
    if (order != nullptr) return order->revision == 0 ? 1 : 2;
    return std::holds_alternative<Invoice>(event.fact) ? 2 : 3;
  };
  std::sort(sorted.begin(), sorted.end(), [&](const Event* a, const Event* b) {
    const int rank_a = rank(*a), rank_b = rank(*b);
    return rank_a != rank_b ? rank_a < rank_b : a->event_id < b->event_id;
  });
  CustomerState state;
  std::unordered_set<std::string_view> seen;
  std::set<std::string_view> voided;
  for (const Event* event : sorted) {
    if (IsVoid(*event)) voided.insert(std::get<Void>(event->fact).voided_event_id);
  }
  for (const Event* event : sorted) {
    if (!seen.insert(event->event_id).second || IsVoid(*event) || voided.contains(event->event_id)) continue;
    if (Apply(*event, codes, state) == ApplyOutcome::kConflict && conflicts != nullptr) {
      conflicts->push_back(event->event_id);
    }
  }
  for (const std::string_view event : voided) {
    if (!seen.contains(event)) state.awaited_voids.push_back(LocalFingerprint(event));
  }
  std::sort(state.awaited_voids.begin(), state.awaited_voids.end());
  Fold(fold_day, state);
  return state;
}

}  // namespace rung::features
