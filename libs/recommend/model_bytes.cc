// A model as bytes: a magic word with the format's number, then the members in their order, little-endian.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "libs/base/status.h"
#include "libs/recommend/model.h"

namespace rung::recommend {
namespace {

static_assert(std::endian::native == std::endian::little, "rows are stored as they stand in memory");

constexpr uint64_t kMagic = 0x31'30'63'65'72'67'6e'75;  // "ungrec01"

class Writer {
 public:
  template <typename T>
  void Value(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <typename T, typename Allocator>
  void Rows(const std::vector<T, Allocator>& rows) {
    static_assert(std::is_trivially_copyable_v<T>);
    Value(static_cast<uint64_t>(rows.size()));
    bytes_.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(T));
  }
  void Text(std::string_view text) {
    Value(static_cast<uint64_t>(text.size()));
    bytes_.append(text);
  }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <typename T>
  void Value(T& value) {
    if (left_.size() < sizeof value) return Fail();
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
  }
  template <typename T, typename Allocator>
  void Rows(std::vector<T, Allocator>& rows) {
    const size_t count = Count(sizeof(T));
    rows.resize(count);
    if (count > 0) std::memcpy(rows.data(), left_.data(), count * sizeof(T));
    left_.remove_prefix(count * sizeof(T));
  }
  void Text(std::string& text) {
    const size_t count = Count(1);
    text = left_.substr(0, count);
    left_.remove_prefix(count);
  }
  /// A number of things of at least `size` bytes each; 0 when the bytes can't hold them.
  size_t Count(size_t size) {
    uint64_t count = 0;
    Value(count);
    if (count > left_.size() / size) {
      Fail();
      return 0;
    }
    return count;
  }
  bool failed() const { return failed_; }
  bool done() const { return left_.empty() && !failed_; }

 private:
  void Fail() {
    failed_ = true;
    left_ = {};
  }
  std::string_view left_;
  bool failed_ = false;
};

}  // namespace

std::string RecommendModel::Serialise() const {
  Writer out;
  out.Value(kMagic);
  out.Value(as_of_);
  out.Value(lines_);
  out.Value(baskets_);
  out.Value(timing_weights_);
  for (const auto* texts : {&codes_, &categories_}) {
    out.Value(static_cast<uint64_t>(texts->size()));
    for (const std::string& text : *texts) out.Text(text);
  }
  out.Rows(category_of_);
  out.Rows(margin_rates_);
  out.Value(static_cast<uint64_t>(lists_.size()));
  for (const PopularList& list : lists_) {
    out.Value(list.kind);
    out.Text(list.name);
    out.Rows(list.rows);
  }
  out.Rows(arrivals_);
  out.Rows(numbers_);
  out.Rows(checks_);
  out.Rows(rows_);
  out.Rows(first_repeat_);
  out.Rows(repeats_);
  out.Rows(first_novel_);
  out.Rows(novel_);
  return std::move(out).Take();
}

absl::StatusOr<RecommendModel> RecommendModel::Parse(std::string_view bytes) {
  RecommendModel model;
  Reader in(bytes);
  uint64_t magic = 0;
  in.Value(magic);
  if (magic != kMagic) return Error(absl::StatusCode::kDataLoss, "these bytes aren't a recommendation model of this release");
  in.Value(model.as_of_);
  in.Value(model.lines_);
  in.Value(model.baskets_);
  in.Value(model.timing_weights_);
  for (auto* texts : {&model.codes_, &model.categories_}) {
    texts->resize(in.Count(sizeof(uint64_t)));
    for (std::string& text : *texts) in.Text(text);
  }
  in.Rows(model.category_of_);
  in.Rows(model.margin_rates_);
  model.lists_.resize(in.Count(sizeof(uint64_t)));
  for (PopularList& list : model.lists_) {
    in.Value(list.kind);
    in.Text(list.name);
    in.Rows(list.rows);
  }
  in.Rows(model.arrivals_);
  in.Rows(model.numbers_);
  in.Rows(model.checks_);
  in.Rows(model.rows_);
  in.Rows(model.first_repeat_);
  in.Rows(model.repeats_);
  in.Rows(model.first_novel_);
  in.Rows(model.novel_);
  if (!in.done()) return Error(absl::StatusCode::kDataLoss, "the recommendation model is cut off or has something behind its end");
  RUNG_RETURN_IF_ERROR(model.Check());
  model.TakeBaseGap();
  return model;
}

// Every number that is used as an index.
absl::Status RecommendModel::Check() const {
  const auto bad = [](const char* what) { return Error(absl::StatusCode::kDataLoss, "the recommendation model's {} don't fit together", what); };
  const auto is_sku = [&](int32_t sku) { return sku >= 0 && sku < skus(); };
  const auto is_list = [&](int32_t list) { return list >= -1 && list < static_cast<int32_t>(lists_.size()); };
  if (category_of_.size() != codes_.size() || margin_rates_.size() != codes_.size()) return bad("SKUs");
  for (const int32_t category : category_of_) {
    if (category < 0 || category >= static_cast<int32_t>(categories_.size())) return bad("categories");
  }
  if (lists_.empty()) return bad("popular lists");
  for (const PopularList& list : lists_) {
    for (const PopularRow& row : list.rows) {
      if (!is_sku(row.sku)) return bad("popular lists");
    }
  }
  for (const PopularRow& row : arrivals_) {
    if (!is_sku(row.sku)) return bad("new arrivals");
  }
  const auto starts = [&](const auto& first, size_t end) {
    return first.size() == rows_.size() + 1 && first.front() == 0 && first.back() == end && std::is_sorted(first.begin(), first.end());
  };
  if (numbers_.size() != rows_.size() || checks_.size() != rows_.size() || !std::is_sorted(numbers_.begin(), numbers_.end()) ||
      !starts(first_repeat_, repeats_.size()) || !starts(first_novel_, novel_.size())) {
    return bad("customers");
  }
  for (const CustomerRow& row : rows_) {
    if (!is_list(row.region) || !is_list(row.segment)) return bad("customers");
  }
  for (const RepeatRow& row : repeats_) {
    if (!is_sku(row.sku) || row.weekday < -1 || row.weekday > 6 || !(row.gap_days >= 1)) return bad("repeats");
  }
  for (const NovelRow& row : novel_) {
    if (!is_sku(row.sku) || (row.because != -1 && !is_sku(row.because))) return bad("new items");
  }
  return absl::OkStatus();
}

}  // namespace rung::recommend
