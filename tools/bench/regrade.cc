// Times of whole regrades by a running suite, of a rebuild of all states, and of a bare COPY out of the same rows.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/features/state_builder.h"
#include "libs/sealing/codec.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"
#include "rung/grading/v1/regrade.grpc.pb.h"
#include "services/grading/stored_events.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

namespace v1 = grading::v1;

double Since(int64_t start) { return static_cast<double>(MonotonicMicros() - start) / 1e6; }

void Regrade(const std::string& target, const std::string& as_of) {
  const auto stub = v1::RegradeService::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  v1::StartRegradeRequest request;
  request.set_request_id("bench-" + std::to_string(SystemClock().NowMicros()));
  request.set_as_of_date(as_of);
  request.set_override_guard(true);
  request.set_author("bench");
  request.set_reason("a benchmark grades whatever base it is given");
  v1::StartRegradeResponse started;
  const int64_t start = MonotonicMicros();
  grpc::ClientContext context;
  const grpc::Status status = stub->StartRegrade(&context, request, &started);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    std::exit(1);
  }
  v1::GetRegradeResponse now;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    grpc::ClientContext poll;
    v1::GetRegradeRequest get;
    get.set_run_id(started.run().run_id());
    if (!stub->GetRegrade(&poll, get, &now).ok()) break;
  } while (now.run().state() == v1::RUN_STATE_RUNNING);
  Print("regrade_seconds", Since(start));
  Print("regrade_done", now.run().state() == v1::RUN_STATE_DONE ? 1 : 0);
  Print("regrade_changes", static_cast<double>(now.run().first_count() + now.run().upgraded_count() + now.run().downgraded_count()));
}

void CopyOut(const std::string& postgres) {
  auto connection = storage::postgres::PqConnection::Open(postgres, "");
  int64_t rows = 0;
  const int64_t start = MonotonicMicros();
  const absl::Status status = (*connection)->CopyOut(
      "COPY (SELECT customer_id, check_bits, external_id, state, standings FROM customer) TO STDOUT (FORMAT binary)",
      [&](std::span<const std::string_view>) {
        ++rows;
        return absl::OkStatus();
      });
  Print("copy_seconds", Since(start));
  Print("copy_rows", status.ok() ? static_cast<double>(rows) : -1);
}

// All states anew from the stored events; written to a table beside the kept ones.
void Rebuild(const std::string& postgres, const std::string& key_file) {
  namespace pg = storage::postgres;
  const auto zone = *BusinessZone::Load("Asia/Shanghai");
  const sealing::Codec codec(*sealing::KeyRing::Load(key_file));
  const auto codes = pg::MakeCodeStore(pg::MakeSessions(postgres, 4));
  const int64_t start = MonotonicMicros();
  std::atomic<int64_t> rebuilt{0};
  const auto part = [&](int first_partition) {
    auto in = pg::PqConnection::Open(postgres, "SET work_mem = '256MB'");
    auto out = pg::PqConnection::Open(postgres, "");
    std::vector<storage::EventRow> rows;
    std::string bytes;
    const absl::Status written = (*out)->CopyIn("COPY rebuilt FROM STDIN (FORMAT binary)", [&](pg::CopyWriter& writer) -> absl::Status {
      const auto flush = [&]() -> absl::Status {
        if (rows.empty()) return absl::OkStatus();
        RUNG_ASSIGN_OR_RETURN(const auto events, grading::OpenEvents(rows, codec, zone));
        bytes.clear();
        features::EncodeState(features::BuildState(events, features::FoldDayFor(20543), *codes), bytes);
        writer.StartRow(2);
        writer.BigInt(static_cast<int64_t>(rows[0].customer));
        writer.Bytes(bytes);
        rows.clear();
        ++rebuilt;
        return absl::OkStatus();
      };
      for (int p = first_partition; p < 8; p += 2) {
        RUNG_RETURN_IF_ERROR((*in)->CopyOut(
            fmt::format("COPY (SELECT customer_id, event_id, key_id, body FROM event_{} ORDER BY customer_id) TO STDOUT (FORMAT binary)", p),
            [&](std::span<const std::string_view> f) -> absl::Status {
              uint64_t number;
              std::memcpy(&number, f[0].data(), 8);
              const CustomerNumber customer{static_cast<int64_t>(be64toh(number))};
              if (!rows.empty() && rows[0].customer != customer) RUNG_RETURN_IF_ERROR(flush());
              storage::EventRow& row = rows.emplace_back();
              row.customer = customer;
              row.event_id = f[1];
              row.key_id = static_cast<int16_t>(static_cast<uint8_t>(f[2][0]) << 8 | static_cast<uint8_t>(f[2][1]));
              row.body = f[3];
              return absl::OkStatus();
            }));
        RUNG_RETURN_IF_ERROR(flush());
      }
      return absl::OkStatus();
    });
    if (!written.ok()) std::fprintf(stderr, "%s\n", written.ToString().c_str());
  };
  std::thread other([&] { part(1); });
  part(0);
  other.join();
  Print("rebuild_seconds", Since(start));
  Print("rebuilt_customers", static_cast<double>(rebuilt.load()));
}

}  // namespace

void AddRegrade(CLI::App& app) {
  auto target = std::make_shared<std::string>();
  auto as_of = std::make_shared<std::string>("2026-03-31");
  auto* regrade = app.add_subcommand("regrade", "a whole regrade by a running suite");
  regrade->add_option("--target", *target)->required();
  regrade->add_option("--as-of", *as_of);
  regrade->callback([=] { Regrade(*target, *as_of); });
  auto postgres = std::make_shared<std::string>();
  auto* copy = app.add_subcommand("copy-out", "a bare binary COPY out of the states");
  copy->add_option("--postgres", *postgres)->required();
  copy->callback([=] { CopyOut(*postgres); });
  auto keys = std::make_shared<std::string>();
  auto* rebuild = app.add_subcommand("rebuild", "all states from the stored events, into table rebuilt (customer_id, state)");
  rebuild->add_option("--postgres", *postgres)->required();
  rebuild->add_option("--key-file", *keys)->required();
  rebuild->callback([=] { Rebuild(*postgres, *keys); });
}

}  // namespace rung::bench
