#include "tests/support/ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <sstream>
#include <thread>

#include "libs/base/customer_id.h"

namespace rung::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string KeyOf(const std::string& customer, const std::string& event_id) {
  return fmt::format("{} {}", static_cast<int64_t>(FingerprintOf(customer).number), event_id);
}

/// Puts what an answer acknowledges into the ledger.
template <typename Response>
void Record(const google::protobuf::RepeatedPtrField<v1::Event>& events, const Response& response, Ledger& ledger) {
  std::set<int> refused;
  for (const v1::EventResult& result : response.results()) {
    if (result.outcome() != v1::OUTCOME_REFUSED) continue;
    refused.insert(result.index());
    ADD_FAILURE() << result.ShortDebugString();
  }
  EXPECT_EQ(response.accepted_count() + response.duplicate_count() + response.refused_count(), events.size());
  for (int i = 0; i < events.size(); ++i) {
    if (!refused.contains(i)) ledger.Acknowledge(events[i]);
  }
}

}  // namespace

void Ledger::Acknowledge(const v1::Event& event) {
  std::lock_guard lock(mutex_);
  keys_.insert(KeyOf(event.customer_id(), event.event_id()));
}

std::set<std::string> Ledger::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

size_t Ledger::size() const {
  std::lock_guard lock(mutex_);
  return keys_.size();
}

void Ledger::AwaitTurn() const {
  while (size() >= allowed_) std::this_thread::sleep_for(milliseconds(1));
}

std::set<std::string> Lines(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

std::vector<std::string> Missing(const Installation& installation, const std::set<std::string>& acknowledged) {
  const std::set<std::string> stored = Lines(installation.Sql("SELECT customer_id || ' ' || event_id FROM event"));
  std::vector<std::string> missing;
  std::set_difference(acknowledged.begin(), acknowledged.end(), stored.begin(), stored.end(), std::back_inserter(missing));
  return missing;
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void SendByCalls(const std::string& address, const std::vector<v1::Event>& events, Ledger& ledger) {
  const auto stub = v1::IngestService::NewStub(Connect(address));
  constexpr size_t kCall = 10;
  for (size_t from = 0; from < events.size();) {
    ledger.AwaitTurn();
    v1::IngestEventsRequest request;
    for (size_t i = from; i < std::min(events.size(), from + kCall); ++i) *request.add_events() = events[i];
    v1::IngestEventsResponse response;
    auto context = Within(5000);
    const grpc::Status status = stub->IngestEvents(context.get(), request, &response);
    if (!status.ok()) {
      ASSERT_TRUE(status.error_code() == grpc::UNAVAILABLE || status.error_code() == grpc::DEADLINE_EXCEEDED ||
                  status.error_code() == grpc::CANCELLED || status.error_code() == grpc::UNKNOWN)
          << status.error_code() << " " << status.error_message();
      std::this_thread::sleep_for(milliseconds(30));
      continue;
    }
    Record(request.events(), response, ledger);
    from += kCall;
  }
}

void SendByStream(const std::string& address, const std::vector<v1::Event>& events, Ledger& ledger) {
  const auto stub = v1::IngestService::NewStub(Connect(address));
  constexpr size_t kMessage = 10;
  constexpr size_t kOnTheWay = 8;
  std::map<int64_t, v1::StreamEventsRequest> open;
  int64_t sequence = 0;
  for (size_t from = 0; from < events.size(); from += kMessage) {
    v1::StreamEventsRequest& message = open[++sequence];
    message.set_sequence(sequence);
    for (size_t i = from; i < std::min(events.size(), from + kMessage); ++i) *message.add_events() = events[i];
  }
  const auto end = steady_clock::now() + std::chrono::seconds(100);
  while (!open.empty()) {
    ASSERT_LT(steady_clock::now(), end) << open.size() << " messages never answered";
    auto context = Within(20'000);
    const auto stream = stub->StreamEvents(context.get());
    int64_t sent = 0;
    size_t on_the_way = 0;
    for (bool alive = true; alive && !open.empty();) {
      ledger.AwaitTurn();
      for (auto it = open.upper_bound(sent); alive && it != open.end() && on_the_way < kOnTheWay; ++it, ++on_the_way) {
        alive = stream->Write(it->second);
        sent = it->first;
      }
      v1::StreamEventsResponse response;
      if (on_the_way == 0 || !stream->Read(&response)) break;
      --on_the_way;
      const auto answered = open.find(response.sequence());
      ASSERT_NE(answered, open.end()) << "answered twice: " << response.sequence();
      if (response.retry()) break;  // stays open: sent again by the next stream
      Record(answered->second.events(), response, ledger);
      open.erase(answered);
    }
    if (open.empty()) stream->WritesDone();
    context->TryCancel();
    stream->Finish();
    if (!open.empty()) std::this_thread::sleep_for(milliseconds(100));
  }
}

}  // namespace rung::testing
