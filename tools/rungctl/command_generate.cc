#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "libs/base/day.h"
#include "libs/base/status.h"
#include "libs/generator/csv_writer.h"
#include "libs/generator/generator.h"
#include "libs/wire/event_mapping.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/event_sender.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/refusals.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using generator::CsvWriter;

constexpr int64_t kRefusalsShown = 20;

// A file to write, or the standard output; empty when the path is.
class OutputFile {
 public:
  OutputFile() = default;
  ~OutputFile() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }

  absl::Status Open(const std::string& path) {
    path_ = path;
    if (path.empty()) return absl::OkStatus();
    file_ = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
    return file_ == nullptr ? NotFoundError("{}: can't be written: {}", path, std::strerror(errno)) : absl::OkStatus();
  }

  std::FILE* file() const { return file_; }

  void Write(const std::string& text) { std::fwrite(text.data(), 1, text.size(), file_); }

  // FAILED_PRECONDITION when any of it couldn't be written.
  absl::Status Finish() {
    if (file_ == nullptr || (std::fflush(file_) == 0 && std::ferror(file_) == 0)) return absl::OkStatus();
    return FailedPreconditionError("{}: couldn't be written", path_);
  }

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
};

// Where the generated customers go.
class Outputs {
 public:
  absl::Status Open(const GenerateCommand& command, Session& session) {
    RUNG_RETURN_IF_ERROR(lines_.Open(command.lines_file));
    RUNG_RETURN_IF_ERROR(jsonl_.Open(command.jsonl_file));
    RUNG_RETURN_IF_ERROR(truth_.Open(command.truth_file));
    if (lines_.file() != nullptr) line_writer_.emplace(CsvWriter::Table::kOrderLines, lines_.file());
    if (truth_.file() != nullptr) truth_writer_.emplace(CsvWriter::Table::kTruth, truth_.file());
    if (command.send) {
      sender_.emplace(session.connection,
                      [this](int64_t, const grading::v1::EventResult& result) { refusals_.Tell(0, result); });
    }
    return absl::OkStatus();
  }

  // False when the server failed.
  bool Write(const generator::GeneratedCustomer& customer) {
    event_count_ += static_cast<int64_t>(customer.events.size());
    if (line_writer_) line_writer_->Write(customer);
    if (truth_writer_) truth_writer_->Write(customer);
    if (jsonl_.file() == nullptr && !sender_) return true;
    for (const features::Event& event : customer.events) {
      grading::v1::Event message;
      wire::ToWire(event, message);
      if (jsonl_.file() != nullptr) jsonl_.Write(ToJsonLine(message));
      if (sender_ && !sender_->Send(std::move(message), 0)) return false;
    }
    return true;
  }

  int Finish(const Session& session) {
    const bool written = (!line_writer_ || line_writer_->Finish()) && (!truth_writer_ || truth_writer_->Finish());
    for (OutputFile* file : {&lines_, &jsonl_, &truth_}) {
      if (const absl::Status status = file->Finish(); !status.ok()) return FailLocally(status);
    }
    if (!written) return FailLocally(FailedPreconditionError("a file couldn't be written"));
    if (!sender_) return kExitOk;
    if (!sender_->Finish()) return Fail(sender_->status());
    refusals_.TellRest();
    const SendTotals totals = sender_->totals();
    // To standard error: the standard output may be one of the files.
    fmt::print(stderr, "{}: {}; {}: {}; {}: {}\n", session.In({"accepted", "已接收"}), FormatCount(totals.accepted),
               session.In({"known already", "已存在"}), FormatCount(totals.duplicate), session.In({"refused", "被拒绝"}),
               FormatCount(totals.refused));
    return totals.refused > 0 ? kExitRefused : kExitOk;
  }

  grpc::Status server_status() const { return sender_ ? sender_->status() : grpc::Status::OK; }
  int64_t event_count() const { return event_count_; }

 private:
  OutputFile lines_;
  OutputFile jsonl_;
  OutputFile truth_;
  std::optional<CsvWriter> line_writer_;
  std::optional<CsvWriter> truth_writer_;
  Refusals refusals_{kRefusalsShown};
  std::optional<EventSender> sender_;
  int64_t event_count_ = 0;
};

generator::GeneratorOptions OptionsOf(const GenerateCommand& command) {
  generator::GeneratorOptions options;
  options.seed = command.seed;
  options.customer_count = command.customers;
  // The parser has checked the dates and that both or none are given.
  if (!command.from_date.empty()) options.first_day = *ParseDay(command.from_date);
  if (!command.to_date.empty()) options.last_day = *ParseDay(command.to_date);
  if (command.lines_per_customer > 0) options.mean_lines_per_customer = command.lines_per_customer;
  return options;
}

}  // namespace

int Run(const GenerateCommand& command, Session& session) {
  const generator::GeneratorOptions options = OptionsOf(command);
  if (const auto problem = FindOptionsProblem(options)) return FailLocally(InvalidArgumentError("{}", *problem));
  Outputs outputs;
  if (const absl::Status status = outputs.Open(command, session); !status.ok()) return FailLocally(status);
  const generator::HistoryGenerator histories(options);
  generator::GeneratedCustomer customer;
  Progress progress;
  for (int64_t i = 0; i < options.customer_count; ++i) {
    histories.Customer(i, customer);
    if (!outputs.Write(customer)) return Fail(outputs.server_status());
    if (progress.visible() && i % 64 == 0) {
      progress.Show(fmt::format("{} / {} {}, {} {}", FormatCount(i), FormatCount(options.customer_count),
                                session.In({"customers", "客户"}), FormatCount(outputs.event_count()),
                                session.In({"events", "事件"})));
    }
  }
  progress.Clear();
  return outputs.Finish(session);
}

}  // namespace rung::ctl
