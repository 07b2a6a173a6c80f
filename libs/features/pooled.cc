#include "libs/features/pooled.h"

#include <algorithm>
#include <tuple>

#include "libs/features/state_builder.h"

namespace rung::features {
namespace {

CustomerStatus StatusOf(const CustomerState& state, Day as_of) {
  const AttributeValue* status = state.Latest(kStatus, as_of);
  return status == nullptr ? CustomerStatus::kOpen : static_cast<CustomerStatus>(static_cast<int>(status->value));
}

std::vector<const CustomerState*> WithoutTests(std::span<const CustomerState* const> accounts, Day as_of) {
  std::vector<const CustomerState*> counted;
  for (const CustomerState* account : accounts) {
    if (StatusOf(*account, as_of) != CustomerStatus::kTest) counted.push_back(account);
  }
  return counted.empty() ? std::vector<const CustomerState*>(accounts.begin(), accounts.end()) : counted;
}

template <typename T>
void Append(const std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

// Sorts by day and adds up what happened on one day.
template <typename T, typename Add>
void SumByDay(std::vector<T>& items, Add add) {
  std::sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.day < b.day; });
  size_t kept = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    if (kept > 0 && items[kept - 1].day == items[i].day) {
      add(items[kept - 1], items[i]);
    } else {
      items[kept++] = items[i];
    }
  }
  items.resize(kept);
}

void AddFolded(const FoldedOrders& from, FoldedOrders& to) {
  to.placed += from.placed;
  to.effective += from.effective;
  to.net += from.net;
  to.first_placed = std::min(to.first_placed, from.first_placed);
  to.last_effective = std::max(to.last_effective, from.last_effective);
}

constexpr auto kByDayAndKey = [](const auto& a, const auto& b) { return std::tie(a.day, a.key) < std::tie(b.day, b.key); };

}  // namespace

CustomerState Pool(std::span<const CustomerState* const> accounts, Day as_of) {
  CustomerState pool;
  const std::vector<const CustomerState*> counted = WithoutTests(accounts, as_of);
  const bool open = std::any_of(counted.begin(), counted.end(), [&](const CustomerState* account) {
    return StatusOf(*account, as_of) == CustomerStatus::kOpen;
  });
  pool.fold_day = kNever;
  Day last_fold = -kNever;
  for (const CustomerState* account : counted) {
    pool.fold_day = std::min(pool.fold_day, account->fold_day);
    last_fold = std::max(last_fold, account->fold_day);
    AddFolded(account->folded, pool.folded);
    Append(account->orders, pool.orders);
    Append(account->deliveries, pool.deliveries);
    Append(account->complaints, pool.complaints);
    Append(account->sessions, pool.sessions);
    Append(account->invoices, pool.invoices);
    for (const AttributeValue& value : account->attributes) {
      if (value.attribute != kStatus || !open) pool.attributes.push_back(value);
    }
  }
  std::sort(pool.orders.begin(), pool.orders.end(), kByDayAndKey);
  SumByDay(pool.deliveries, [](DeliveryDay& to, const DeliveryDay& from) {
    to.promised += from.promised;
    to.on_time += from.on_time;
  });
  const auto add_count = [](DayCount& to, const DayCount& from) { to.count += from.count; };
  SumByDay(pool.complaints, add_count);
  SumByDay(pool.sessions, add_count);
  std::sort(pool.invoices.begin(), pool.invoices.end(), kByDayAndKey);
  std::sort(pool.attributes.begin(), pool.attributes.end(), [](const AttributeValue& a, const AttributeValue& b) {
    return std::tie(a.attribute, a.time, a.event_id, a.value) < std::tie(b.attribute, b.time, b.event_id, b.value);
  });
  Fold(last_fold, pool);
  return pool;
}

}  // namespace rung::features
