#include "libs/path/known_facts.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace rung::path {
namespace {

using features::Event;

// Events that count, each once.
std::vector<const Event*> Counting(std::span<const Event> events, Day today) {
  std::set<std::string_view> withdrawn, seen;
  for (const Event& event : events) {
    if (const auto* fact = std::get_if<features::Void>(&event.fact)) withdrawn.insert(fact->voided_event_id);
  }
  std::vector<const Event*> out;
  for (const Event& event : events) {
    if (event.day <= today && !withdrawn.contains(event.event_id) && seen.insert(event.event_id).second) out.push_back(&event);
  }
  return out;
}

}  // namespace

std::vector<OpenInvoice> OpenInvoices(std::span<const Event> events, Day today) {
  std::map<std::string_view, OpenInvoice> open;
  std::set<std::string_view> paid;
  for (const Event* event : Counting(events, today)) {
    if (const auto* payment = std::get_if<features::Payment>(&event->fact)) paid.insert(payment->invoice_id);
    const auto* invoice = std::get_if<features::Invoice>(&event->fact);
    if (invoice == nullptr || (invoice->paid_day && *invoice->paid_day <= today)) continue;
    open[invoice->invoice_id] = {invoice->invoice_id, invoice->due_day, invoice->amount};
  }
  std::vector<OpenInvoice> out;
  for (const auto& [id, invoice] : open) {
    if (!paid.contains(id)) out.push_back(invoice);
  }
  std::sort(out.begin(), out.end(), [&](const OpenInvoice& a, const OpenInvoice& b) {
    return std::tuple(a.due < today, a.due, std::string_view(a.invoice_id)) < std::tuple(b.due < today, b.due, std::string_view(b.invoice_id));
  });
  return out;
}

std::vector<std::string> UnreviewedOrders(std::span<const Event> events, Day today) {
  std::map<std::string_view, Day> orders;
  std::set<std::string_view> done;
  for (const Event* event : Counting(events, today)) {
    if (const auto* review = std::get_if<features::Review>(&event->fact)) done.insert(review->order_id);
    if (const auto* cancellation = std::get_if<features::Cancellation>(&event->fact)) done.insert(cancellation->order_id);
    const auto* order = std::get_if<features::Order>(&event->fact);
    if (order != nullptr && order->revision == 0 && today - event->day < features::kWindowDays) orders[order->order_id] = event->day;
  }
  std::vector<std::pair<Day, std::string>> open;
  for (const auto& [id, day] : orders) {
    if (!done.contains(id)) open.emplace_back(-day, id);
  }
  std::sort(open.begin(), open.end());
  std::vector<std::string> out;
  for (auto& [day, id] : open) out.push_back(std::move(id));
  return out;
}

}  // namespace rung::path
