#include "libs/generator/csv_writer.h"

#include <charconv>
#include <ostream>

#include "libs/base/day.h"
#include "libs/generator/prng.h"
#include "libs/generator/trade_calendar.h"

namespace rung::generator {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;
constexpr std::string_view kWeekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

void AppendNumber(int64_t number, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

void AppendPadded(int64_t number, int width, std::string& out) {
  char digits[20];
  for (int i = width - 1; i >= 0; --i, number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  out.append(digits, static_cast<size_t>(width));
}

void AppendYuan(features::Fen fen, std::string& out) {
  if (fen < 0) out += '-';
  const int64_t magnitude = fen < 0 ? -fen : fen;
  AppendNumber(magnitude / 100, out);
  out += '.';
  AppendPadded(magnitude % 100, 2, out);
}

// "2.5" for 2500: no zeros at the end.
void AppendThousandths(int64_t milli, std::string& out) {
  if (milli < 0) out += '-';
  int64_t magnitude = milli < 0 ? -milli : milli;
  AppendNumber(magnitude / 1000, out);
  magnitude %= 1000;
  if (magnitude == 0) return;
  int width = 3;
  for (; magnitude % 10 == 0; magnitude /= 10) --width;
  out += '.';
  AppendPadded(magnitude, width, out);
}

std::string WallTime(const features::Event& event) {
  const int64_t minute = (event.event_time + kShanghaiOffsetSeconds) % kSecondsPerDay / 60;
  std::string text = FormatDay(event.day);
  text += ' ';
  AppendPadded(minute / 60, 2, text);
  text += ':';
  AppendPadded(minute % 60, 2, text);
  return text;
}

// An order line keeps no unit price. As lines hold at least one whole unit, rounding gives back the one it came from.
features::Fen UnitPrice(const features::OrderLine& line) {
  if (line.quantity_milli <= 0) return 0;
  return DivideRoundHalfUp((line.amount + line.promotional_discount) * 1000, line.quantity_milli);
}

void AppendLine(const features::OrderLine& line, std::string& out) {
  AppendField(line.category, out);
  out += ',';
  AppendField(line.sku, out);
  out += ',';
  AppendThousandths(line.quantity_milli, out);
  out += line.unit == features::Unit::kKilogram ? ",kg," : ",piece,";
  AppendYuan(UnitPrice(line), out);
  out += ',';
  AppendYuan(line.amount, out);
  out += ',';
  if (line.cost) AppendYuan(*line.cost, out);
  out += ',';
  AppendYuan(line.promotional_discount, out);
  out += '\n';
}

void AppendWord(std::string_view word, std::string& words) {
  if (!words.empty()) words += ' ';
  words += word;
}

std::string WeekdayWords(uint8_t weekdays) {
  std::string words;
  for (int i = 0; i < 7; ++i) {
    if ((weekdays >> i & 1) != 0) AppendWord(kWeekdays[i], words);
  }
  return words;
}

std::string SharedWords(const SharedAttributes& shared) {
  std::string words;
  if (shared.phone) AppendWord("phone", words);
  if (shared.address) AppendWord("address", words);
  if (shared.device) AppendWord("device", words);
  if (shared.payer) AppendWord("payer", words);
  return words;
}

}  // namespace

void AppendField(std::string_view field, std::string& out) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void AppendOrderLines(const GeneratedCustomer& customer, std::string& out) {
  std::string row_start;
  for (const features::Event& event : customer.events) {
    const auto* order = std::get_if<features::Order>(&event.fact);
    if (order == nullptr) continue;
    row_start.clear();
    AppendField(order->order_id, row_start);
    row_start.append(",").append(WallTime(event)).append(",");
    AppendField(customer.customer_id, row_start);
    row_start += ',';
    AppendField(customer.truth.region, row_start);
    row_start += ',';
    for (const features::OrderLine& line : order->lines) {
      out += row_start;
      AppendLine(line, out);
    }
  }
}

void AppendTruth(const CustomerTruth& truth, std::string& out) {
  const auto field = [&out](std::string_view text) {
    AppendField(text, out);
    out += ',';
  };
  field(truth.customer_id);
  field(truth.region);
  field(truth.segment);
  field(FormatDay(truth.registered_day));
  AppendThousandths(truth.base_rate_milli, out);
  out += ',';
  field(WeekdayWords(truth.weekdays));
  AppendThousandths(truth.trend_permille, out);
  out += ',';
  field(truth.churn_day ? FormatDay(*truth.churn_day) : "");
  field(AbuseKindName(truth.abuse));
  field(truth.group);
  field(truth.chain ? "true" : "false");
  AppendField(SharedWords(truth.shared), out);
  out += '\n';
}

CsvWriter::CsvWriter(Table table, std::ostream& target) : CsvWriter(table, Target(&target)) {}

CsvWriter::CsvWriter(Table table, std::FILE* target) : CsvWriter(table, Target(target)) {}

CsvWriter::CsvWriter(Table table, Target target) : table_(table), target_(target) {
  buffer_ = table == Table::kOrderLines ? kOrderLineHeader : kTruthHeader;
}

void CsvWriter::Write(const GeneratedCustomer& customer) {
  if (table_ == Table::kOrderLines) {
    AppendOrderLines(customer, buffer_);
  } else {
    AppendTruth(customer.truth, buffer_);
  }
  if (buffer_.size() >= kBufferBytes) HandOver();
}

bool CsvWriter::Finish() {
  HandOver();
  if (auto* const* stream = std::get_if<std::ostream*>(&target_)) {
    (*stream)->flush();
    failed_ = failed_ || !**stream;
  } else {
    failed_ = std::fflush(std::get<std::FILE*>(target_)) != 0 || failed_;
  }
  return !failed_;
}

void CsvWriter::HandOver() {
  if (auto* const* stream = std::get_if<std::ostream*>(&target_)) {
    (*stream)->write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    failed_ = failed_ || !**stream;
  } else {
    const size_t written = std::fwrite(buffer_.data(), 1, buffer_.size(), std::get<std::FILE*>(target_));
    failed_ = failed_ || written != buffer_.size();
  }
  buffer_.clear();
}

}  // namespace rung::generator
