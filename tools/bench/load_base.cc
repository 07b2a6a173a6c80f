// Fills a database with a generated base, past the ingest API: states and (if wanted) events by COPY; and writes the same
// facts as CSV for the yardsticks.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/base/clock.h"
#include "libs/features/state_builder.h"
#include "libs/generator/generator.h"
#include "libs/sealing/codec.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"
#include "libs/wire/event_mapping.h"
#include "services/grading/stored_events.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

using storage::postgres::CopyWriter;
using storage::postgres::PqConnection;

struct Options {
  std::string postgres;
  std::string key_file;
  int64_t customers = 1000;
  int64_t histories = 0;  // distinct ones, which customers share in turn; 0: each has its own
  bool events = false;
  std::string lines_csv;
  std::string facts_csv;
};

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// Codes of all words, in a fixed order, so that both loading threads agree.
void InternAll(const generator::HistoryGenerator& history, storage::CodeStore& codes, int64_t customers) {
  features::Words words;
  generator::GeneratedCustomer customer;
  for (int64_t i = 0; i < std::min<int64_t>(customers, 3000); ++i) {
    history.Customer(i, customer);
    for (const features::Event& event : customer.events) features::AddWords(event, words);
  }
  for (const auto& [kind, set] : words) Check(codes.Intern(kind, {set.begin(), set.end()}));
}

constexpr Day kToday = 20543;  // 2026-03-31

class BaseLoader {
 public:
  explicit BaseLoader(const Options& options)
      : options_(options), history_([&] {
          generator::GeneratorOptions generator_options;
          generator_options.customer_count = options.customers;
          return generator_options;
        }()),
        sessions_(storage::postgres::MakeSessions(options.postgres, 2)), codes_(storage::postgres::MakeCodeStore(sessions_)),
        zone_(*BusinessZone::Load("Asia/Shanghai")), codec_([&] {
          if (std::FILE* file = std::fopen(options.key_file.c_str(), "r")) {
            std::fclose(file);
          } else {
            Check(sealing::KeyRing::Create(options.key_file));
          }
          return *sealing::KeyRing::Load(options.key_file);
        }()) {
    InternAll(history_, *codes_, options.customers);
    generator::GeneratedCustomer customer;
    for (int64_t i = 0; i < options.histories; ++i) {
      history_.Customer(i, customer);
      EncodeState(features::BuildState(customer.events, features::FoldDayFor(kToday), *codes_), shared_states_.emplace_back());
    }
    if (!options.lines_csv.empty()) lines_ = std::fopen(options.lines_csv.c_str(), "w");
    if (!options.facts_csv.empty()) facts_ = std::fopen(options.facts_csv.c_str(), "w");
    if (lines_ != nullptr) std::fputs("c,o,d,cat,amount,cost,promo\n", lines_);
    if (facts_ != nullptr) std::fputs("c,kind,d,o,a,b\n", facts_);
  }

  void Run() {
    const int64_t start = MonotonicMicros();
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) threads.emplace_back([this, t] { LoadPart(t, 2); });
    for (auto& thread : threads) thread.join();
    if (lines_ != nullptr) std::fclose(lines_);
    if (facts_ != nullptr) std::fclose(facts_);
    auto connection = PqConnection::Open(options_.postgres, "");
    Check(connection.status());
    Check((*connection)->Command("SET ROLE NONE"));  // services may not clean up; their tables' owner may
    Check((*connection)->Command("VACUUM (FREEZE, ANALYZE) customer"));
    if (options_.events) Check((*connection)->Command("VACUUM (FREEZE, ANALYZE) event"));
    Print("load_seconds", static_cast<double>(MonotonicMicros() - start) / 1e6);
    Print("lines", static_cast<double>(line_count_.load()));
    Print("state_bytes_per_customer", static_cast<double>(state_bytes_.load()) / static_cast<double>(options_.customers));
  }

 private:
  void LoadPart(int part, int parts) {
    auto customers = PqConnection::Open(options_.postgres, "");
    Check(customers.status());
    generator::GeneratedCustomer customer;
    const auto fold_day = features::FoldDayFor(kToday);
    std::string lines, facts;
    constexpr int64_t kBlock = 2000;
    for (int64_t block = part * kBlock; block < options_.customers; block += parts * kBlock) {
      std::vector<storage::EventRow> events;
      const int64_t end = std::min(options_.customers, block + kBlock);
      Check((*customers)->CopyIn("COPY customer (customer_id, check_bits, external_id, state) FROM STDIN (FORMAT binary)", [&](CopyWriter& out) {
        for (int64_t i = block; i < end; ++i) {
          std::string state;
          if (shared_states_.empty()) {
            history_.Customer(i, customer);
            EncodeState(features::BuildState(customer.events, fold_day, *codes_), state);
          } else {
            customer.customer_id = fmt::format("c{:07}", i);
            state = shared_states_[static_cast<size_t>(i) % shared_states_.size()];
          }
          const CustomerFingerprint fingerprint = FingerprintOf(customer.customer_id);
          state_bytes_ += static_cast<int64_t>(state.size());
          out.StartRow(4);
          out.BigInt(static_cast<int64_t>(fingerprint.number));
          out.BigInt(static_cast<int64_t>(fingerprint.check));
          out.Bytes(customer.customer_id);
          out.Bytes(state);
          if (options_.events) AddEvents(customer, fingerprint.number, events);
          if (lines_ != nullptr || facts_ != nullptr) AddCsv(i, customer, lines, facts);
        }
        return absl::OkStatus();
      }));
      if (options_.events) CopyEvents(**customers, events);
      std::lock_guard lock(mutex_);
      if (lines_ != nullptr) std::fwrite(lines.data(), 1, lines.size(), lines_);
      if (facts_ != nullptr) std::fwrite(facts.data(), 1, facts.size(), facts_);
      lines.clear();
      facts.clear();
    }
  }

  void AddEvents(const generator::GeneratedCustomer& customer, CustomerNumber number, std::vector<storage::EventRow>& events) {
    grading::v1::Event wire_event;
    for (const features::Event& event : customer.events) {
      wire::ToWire(event, wire_event);
      wire_event.clear_customer_id();
      wire_event.clear_event_id();
      storage::EventRow& row = events.emplace_back();
      row.customer = number;
      row.event_id = event.event_id;
      row.kind = static_cast<int16_t>(wire_event.fact_case());
      row.event_time = event.event_time;
      row.body = wire_event.SerializeAsString();
      row.body_hash = codec_.BodyHash(row.body);
      if (wire::IsSensitive(event)) {
        row.key_id = codec_.current_key();
        row.body = codec_.Seal(row.body, grading::SealingRow(number, row.event_id));
      }
    }
  }

  static void CopyEvents(PqConnection& connection, const std::vector<storage::EventRow>& events) {
    Check(connection.CopyIn("COPY event FROM STDIN (FORMAT binary)", [&](CopyWriter& out) {
      for (const storage::EventRow& row : events) {
        out.StartRow(8);
        out.BigInt(static_cast<int64_t>(row.customer));
        out.Bytes(row.event_id);
        out.SmallInt(row.kind);
        out.TimestampMicros(row.event_time * 1'000'000);
        out.TimestampMicros(row.event_time * 1'000'000);
        out.Bytes(row.body_hash);
        out.SmallInt(row.key_id);
        out.Bytes(row.body);
      }
      return absl::OkStatus();
    }));
  }

  // lines.csv: customer, order, day, category, amount, cost, promotional; facts.csv: customer, kind, day, order, a, b.
  void AddCsv(int64_t index, const generator::GeneratedCustomer& customer, std::string& lines, std::string& facts) {
    const auto number_of = [](const std::string& id) { return id.substr(id.find_first_of("0123456789")); };
    auto fact = [&](char kind, Day day, const std::string& order, int64_t a, int64_t b) {
      fmt::format_to(std::back_inserter(facts), "{},{},{},{},{},{}\n", index, kind, day, order, a, b);
    };
    for (const features::Event& event : customer.events) {
      if (const auto* order = std::get_if<features::Order>(&event.fact)) {
        line_count_ += static_cast<int64_t>(order->lines.size());
        for (const auto& line : order->lines) {
          fmt::format_to(std::back_inserter(lines), "{},{},{},{},{},{},{}\n", index, number_of(order->order_id), event.day,
                         codes_->Find(features::CodeKind::kCategory, line.category), line.amount,
                         line.cost ? std::to_string(*line.cost) : "", line.promotional_discount > 0 ? 1 : 0);
        }
      } else if (const auto* cancel = std::get_if<features::Cancellation>(&event.fact)) {
        fact('x', event.day, number_of(cancel->order_id), 0, 0);
      } else if (const auto* refund = std::get_if<features::Refund>(&event.fact)) {
        fact('r', event.day, number_of(refund->order_id), refund->amount, refund->reason == features::RefundReason::kCustomerReturn);
      } else if (const auto* delivery = std::get_if<features::Delivery>(&event.fact)) {
        const bool on_time = delivery->promised_time && delivery->actual_time <= *delivery->promised_time;
        if (delivery->promised_time && (on_time || !delivery->carrier_fault)) fact('d', event.day, "0", on_time, 0);
      } else if (const auto* review = std::get_if<features::Review>(&event.fact)) {
        fact('v', event.day, number_of(review->order_id), 0, 0);
      } else if (std::holds_alternative<features::Session>(event.fact)) {
        fact('s', event.day, "0", 0, 0);
      } else if (const auto* profile = std::get_if<features::CustomerProfile>(&event.fact)) {
        if (profile->registered_day) fact('p', event.day, "0", *profile->registered_day, 0);
      }
    }
  }

  const Options options_;
  const generator::HistoryGenerator history_;
  const std::shared_ptr<storage::postgres::Sessions> sessions_;
  const std::unique_ptr<storage::CodeStore> codes_;
  const BusinessZone zone_;
  const sealing::Codec codec_;
  std::vector<std::string> shared_states_;
  std::FILE* lines_ = nullptr;
  std::FILE* facts_ = nullptr;
  std::mutex mutex_;
  std::atomic<int64_t> line_count_{0}, state_bytes_{0};
};

}  // namespace

void AddLoadBase(CLI::App& app) {
  auto* command = app.add_subcommand("load", "fill a database with a generated base");
  auto o = std::make_shared<Options>();
  command->add_option("--postgres", o->postgres)->required();
  command->add_option("--key-file", o->key_file)->required();
  command->add_option("--customers", o->customers);
  CLI::Option* events = command->add_flag("--events", o->events, "store the events, too");
  command->add_option("--histories", o->histories, "distinct histories, which customers share in turn; states only")->excludes(events);
  command->add_option("--lines-csv", o->lines_csv);
  command->add_option("--facts-csv", o->facts_csv);
  command->callback([o] { BaseLoader(*o).Run(); });
}

}  // namespace rung::bench
