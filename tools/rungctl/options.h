// The command line, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/rungctl/language.h"

namespace rung::ctl {

struct GlobalOptions {
  std::string server = "127.0.0.1:50051";
  bool json = false;
  Language language = Language::kEnglish;
  /// Of a call with its retries, or the longest silence of a stream of events.
  std::chrono::milliseconds timeout{10'000};
};

struct ImportCommand {
  std::string file;
  std::string map;  ///< empty: the columns of generated files
  std::string zone;  ///< empty: the server's
  std::vector<std::string> time_formats;
  std::string cancel_prefix;
  std::string delimiter = ",";
  bool drop_duplicates = false;
  bool dry_run = false;
};

enum class IngestFormat : uint8_t { kJsonLines, kCsv };

struct IngestCommand {
  std::string file;
  IngestFormat format = IngestFormat::kJsonLines;
};

struct GenerateCommand {
  int64_t customers = 0;
  uint64_t seed = 1;
  std::string from_date;  ///< empty, like to_date: the generator's default
  std::string to_date;
  int64_t lines_per_customer = 0;  ///< 0: the generator's default
  // Files to write; "-" is the standard output; empty: not wanted.
  std::string lines_file;
  std::string jsonl_file;
  std::string truth_file;
  bool send = false;
};

struct TierGet {
  std::string customer_id;
  std::string ladder_id;
  int64_t min_version = 0;
};
struct TierBatch {
  std::vector<std::string> customer_ids;
  std::string file;  ///< one id per line
  std::string ladder_id;
};
struct TierHistory {
  std::string customer_id;
  std::string ladder_id;
  int32_t limit = 50;
};
struct TierAsOf {
  std::string customer_id;
  std::string ladder_id;
  std::string time;
  bool with_correction = false;
};
struct TierWatch {
  std::vector<std::string> customer_ids;
  std::string ladder_id;
  std::string resume_token;
  int32_t count = 0;  ///< 0: without end
};
struct TierList {};
struct TierDistribution {
  std::string ladder_id;
};
struct TierPath {
  std::string customer_id;
  std::string ladder_id;
  std::string target_tier_code;
  std::string by_date;
  bool nothing_else = false;
  int64_t max_spend_minor = 0;  ///< 0: the server's default
  int64_t min_order_minor = 0;
  // Unset: the server's default.
  std::optional<int64_t> spend_permille, order_cost, new_category_cost, repeat_category_cost, review_cost, session_cost, payment_cost;
};
struct TierExplain {
  std::string customer_id;
  std::string ladder_id;
  std::string as_of_date;
  int64_t version = 0;  ///< of a stored decision; 0: from the current features
};

struct FeaturesGet {
  std::string customer_id;
  std::string as_of_date;
  std::vector<std::string> names;
  bool pooled = false;
};
struct FeaturesDefinitions {};
struct FeaturesAudit {
  int32_t sample_every = 1;
};

struct GradeCommand {
  std::string customer_id;
  std::string ladder_id;
  std::string as_of_date;
};

struct ModelList {};
struct ModelGet {
  std::string model_id;
  int32_t version = 0;
};
struct ModelApply {
  std::vector<std::string> files;
  bool make_default = false;
  std::string etag;
  std::string author;
  bool validate_only = false;
};

struct ModelSimulate {
  std::string file;
  std::string draft_id;
  std::string as_of_date;
  int32_t movers = 10;
  std::string plan_id;
  int64_t delivery_fee_minor = 0;
  int32_t max_age_seconds = 300;
};

struct TierReplay {
  std::string customer_id;
  std::string ladder_id;
  int64_t version = 0;  ///< 0: the newest decision
};

struct AuditVerify {
  std::string roots_file;
};
struct AuditList {
  std::string subject;
  int32_t limit = 50;
};
struct AuditRoot {};

// The life of configuration, of any kind of documents: "model" for `rungctl model …`.
struct ConfigList {
  std::string kind;
};
struct ConfigGet {
  std::string kind;
  std::string document_id;
  int32_t version = 0;  ///< 0: the current one
};
struct ConfigValidate {
  std::string kind;
  std::vector<std::string> files;
  std::string draft_id;  ///< instead of files
};
struct ConfigDiff {
  std::string kind;
  std::string document_id;
  int32_t from_version = 0;  ///< 0: the current one
  int32_t to_version = 0;    ///< 0: the draft
};
struct DraftSave {
  std::string kind;
  std::string file;
  std::string etag;
  bool replace = false;
  std::string author;
};
struct DraftGet {
  std::string kind;
  std::string document_id;
};
struct DraftList {
  std::string kind;
};
struct DraftDelete {
  std::string kind;
  std::string document_id;
  std::string etag;  ///< empty: the draft as it is
  std::string author;
};
struct ConfigApprove {
  std::string kind;
  std::string document_id;
  std::string etag;  ///< empty: the draft as it is
  std::string author;
  std::string note;
};
struct ConfigPublish {
  std::string kind;
  std::string document_id;
  std::string etag;  ///< empty: the draft as it is
  std::string author;
  std::string note;
  std::string at;  ///< RFC 3339; empty: now
};
struct ConfigSchedules {
  std::string kind;
  int32_t limit = 50;
};
struct ConfigCancelSchedule {
  std::string kind;
  int64_t schedule_id = 0;
  std::string author;
  std::string note;
};
struct ConfigVersions {
  std::string kind;
  std::string document_id;
  int32_t limit = 50;
};
struct ConfigRollback {
  std::string kind;
  std::string document_id;
  int32_t version = 0;
  std::string etag;  ///< empty: from the version that is current
  std::string author;
  std::string note;
};

/// Draft and publication in one go.
struct ConfigApply {
  std::string kind;
  std::vector<std::string> files;
  std::string author;
  std::string note;
};

struct BenefitsGet {
  std::string customer_id;
  std::string plan_id;
  std::string region;
  bool all = false;
  bool fail_closed = false;
};
struct BenefitsImport {
  std::string file;
  std::string plan_id = "kuailv";
  std::string ladder_id = "kuailv";
  std::string currency = "CNY";
  std::vector<std::string> tier_codes;
};
struct BenefitsExport {
  std::string plan_id;
  int32_t version = 0;  ///< 0: the current one
};
struct RedeemReserve {
  std::string customer_id;
  std::string order_id;
  std::vector<std::string> benefits;  ///< "ID" or "ID=FEN"
  std::vector<std::string> coupons;
  std::string plan_id;
  int32_t hold_seconds = 0;  ///< 0: the server's default
  std::string request_id;    ///< empty: a new one
};
struct RedeemEnd {
  std::string customer_id;
  std::string reservation_id;  ///< or
  std::string order_id;
};
struct RedeemCommit : RedeemEnd {};
struct RedeemRelease : RedeemEnd {};
struct RedeemList {
  std::string customer_id;
  std::string order_id;
  int32_t limit = 50;
};
struct CouponIssue {
  std::string customer_id;
  std::string coupon_id;
  std::string source;      ///< empty: $USER
  std::string request_id;  ///< empty: a new one
};
struct CouponList {
  std::string customer_id;
  std::string state;  ///< empty: all
  int32_t limit = 50;
};
struct CouponUsage {
  std::string coupon_id;
};

struct RegradeStart {
  std::string as_of_date;
  bool override_guard = false;
  std::string author;  ///< empty: $USER
  std::string reason;  ///< with override_guard
  bool watch = false;
};
struct RegradeStatus {
  int64_t run_id = 0;  ///< 0: the newest
  bool watch = false;
};
struct RegradePause {
  int64_t run_id = 0;
  std::string author;
  std::string reason;
};
struct RegradeResume {
  int64_t run_id = 0;
  bool override_guard = false;
  std::string author;
  std::string reason;
};
struct RegradeCancel {
  int64_t run_id = 0;
  std::string author;
  std::string reason;
};
struct RegradeList {
  int32_t limit = 20;
};

struct AbuseScan {
  std::string as_of_date;  ///< empty: yesterday
  std::string author;      ///< empty: $USER
};
struct AbuseList {
  std::string state = "open";  ///< "open", "confirmed", "cleared"
  int32_t limit = 50;
};
struct AbuseShow {
  std::string customer_id;
  int32_t case_number = 0;  ///< 0: the newest
};
struct AbuseReview {
  std::string customer_id;
  int32_t case_number = 0;  ///< 0: the newest
  bool confirm = false;     ///< else clear
  bool clear = false;
  std::string reason;
  std::string author;    ///< empty: $USER
  int32_t freeze_days = -1;  ///< -1: the server's default
};

struct ChurnListCommand {
  std::vector<std::string> risks;  ///< "watch", "high", "lost"; empty: all
  std::vector<std::string> tiers;
  std::vector<std::string> regions;
  std::vector<std::string> account_managers;
  int32_t limit = 50;
};
struct ChurnScanCommand {
  std::string as_of_date;  ///< empty: yesterday
  std::string author;      ///< empty: $USER
};
struct ChurnActions {
  std::string customer_id;
  std::string rule_id;
  std::string state;  ///< "waiting", "open", "done", "refused"; empty: all
  std::string account_manager;
  int32_t limit = 50;
};
struct ChurnClose {
  std::string customer_id;
  int32_t action_number = 0;
  std::string outcome;     ///< "stays", "left", "not-reached", "not-needed"
  std::string author;      ///< empty: $USER
  std::string request_id;  ///< empty: a new one
};

struct PriceImport {
  std::string file;
  std::string breaks_file;  ///< empty: the breaks of the published book
  std::string book_id = "default";
  std::string currency;
  std::string etag;
  bool replace = false;
  std::string author;
};
struct PriceExport {
  std::string book_id = "default";
  int32_t version = 0;  ///< 0: the current one
  bool breaks = false;  ///< instead of the items
};
struct PriceQuote {
  std::string customer_id;
  std::vector<std::string> items;  ///< "SKU=QUANTITY"
  std::string basket_file;         ///< instead of items
  std::vector<std::string> coupon_ids;
  std::string delivery_fee;        ///< in the currency's major unit
  std::string book_id;
  std::string region;
  bool partial = false;
  bool trace = false;
  bool fail_closed = false;
  std::string sign_file;  ///< empty: not signed
};
struct PriceVerify {
  std::string file;
  std::string order_id;
};
struct PriceSettle {
  std::string file;
  std::vector<std::string> quantities;
  std::vector<int32_t> refused_lines;  ///< from 1
  bool trace = false;
};
struct PriceList {
  std::string customer_id;
  std::vector<std::string> skus;
  std::string category;
  std::string book_id;
  std::string region;
  bool fail_closed = false;
};

struct StatusCommand {};

struct HealthCommand {
  std::string service;  ///< full name; empty: the server as a whole
};

struct PurchaseSource {
  std::string file;
  std::string map;  ///< empty: the columns of generated files
  std::string zone = "Asia/Shanghai";
  std::vector<std::string> time_formats;
  std::string cancel_prefix;
  std::string delimiter = ",";
  bool count_zero = false;
  std::string until_date;  ///< empty: the day of the last purchase
};

struct StatsFit {
  PurchaseSource source;
  std::string model = "mbg-cnbd";
  int horizon_days = 365;
  double discount_percent = 0;  ///< a year
  int list = 0;
  std::vector<std::string> customer_ids;
  bool store = false;  ///< fit the server's base instead of a file
  std::string author;  ///< the rest: of the server's fit
  std::string order_method;  ///< "model", "rate"; empty: as before
  std::string value_method;  ///< "model", "rate", "past"; empty: as before
  std::string churn_measure; ///< "joined", "recency"; empty: as before
  bool without_holdout = false;
};
struct StatsShow {
  int32_t version = 0;  ///< 0: the fit in force
};
struct StatsList {
  int32_t limit = 20;
};
struct OutlookGet {
  std::vector<std::string> customer_ids;
  std::string as_of_date;  ///< empty: today
};
struct StatsEvaluate {
  PurchaseSource source;
  int horizon_days = 182;
  int folds = 3;
  int step_days = 28;
  bool with_pareto_nbd = false;
};

struct ModelCalibrate {
  std::string model_id;
  std::string file;
  std::string draft_id;
  std::string outcome = "margin";
  std::string labels_file;
  std::string as_of_date;
  int32_t horizon_days = 90;
  int32_t sample = 20'000;
  std::string out;
};
struct ModelSolve {
  std::string model_id;
  std::string file;
  std::string draft_id;
  std::string as_of_date;
  std::vector<double> shares;      ///< percent, best first
  int64_t budget_minor = -1;       ///< -1: target shares
  bool headcount = false;
  std::vector<std::string> tiers;  ///< "diamond=1000:0:3000"
  double step_points = 0.5;
  std::string out;
};
struct TagsOf {
  std::string customer_id;
  std::string as_of_date;
  bool all = false;
};
struct TagsAudience {
  std::vector<std::string> all, any, none, tiers;
  std::string ladder_id;
  std::string as_of_date;
  bool count = false;
  bool details = false;
};
struct AppealFile {
  std::string appeal_id;  ///< empty: a new one
  std::string customer_id;
  std::string ladder_id;
  int64_t version = 0;  ///< 0: the newest decision
  std::string text;
  std::string contact;
  int32_t deadline_days = 0;  ///< 0: the server's default
  std::string author;         ///< empty: $USER
};
struct AppealList {
  std::string customer_id;
  std::string state = "pending";
  std::string assignee;
  bool unassigned = false;
  bool overdue = false;
  int32_t limit = 50;
};
struct AppealShow {
  std::string customer_id;
  std::string appeal_id;
};
struct AppealAssign {
  std::string customer_id;
  std::string appeal_id;
  std::string assignee;  ///< empty: nobody
  std::string author;
};
struct AppealComment {
  std::string customer_id;
  std::string appeal_id;
  std::string comment_id;  ///< empty: a new one
  std::string text;
  std::string author;
};
struct AppealResolve {
  std::string customer_id;
  std::string appeal_id;
  bool accept = false;
  bool reject = false;
  std::string event_file;
  std::string voided_event_id;
  std::string outside_value;  ///< "NAME=NUMBER"
  bool dry_run = false;
  std::string reason;
  std::string author;
};
struct AppealWithdraw {
  std::string customer_id;
  std::string appeal_id;
  std::string reason;
  std::string author;
};
struct OverrideSet {
  std::string override_id;
  std::string customer_id;
  std::string ladder_id;
  std::string tier_code;
  std::string until_date;
  std::string reason;
  std::string author;
};
struct OverrideEnd {
  std::string customer_id;
  std::string override_id;
  std::string reason;
  std::string author;
};
struct OverrideList {
  std::string customer_id;
  bool in_force = false;
  int32_t limit = 50;
};
struct OverrideImport {
  std::string file;
  std::string author;
  bool dry_run = false;
};

struct GroupCreate {
  std::string group_id;
  std::string name;
  std::vector<std::string> customer_ids;
  std::string reason;
  std::string author;
  std::string request_id;
};
/// Adds accounts to a group, or takes them out.
struct GroupChange {
  bool remove = false;
  std::string group_id;
  std::vector<std::string> customer_ids;
  std::string etag;  ///< empty: of the group as it is now
  std::string reason;
  std::string author;
  std::string request_id;
};
struct AccountMerge {
  std::string customer_id;
  std::string target_customer_id;
  std::string reason;
  std::string author;
  std::string request_id;
};
struct AccountShow {
  std::string customer_id;
};
struct GroupShow {
  std::string group_id;
};
struct GroupList {
  std::string customer_id;
  int32_t limit = 50;
};

struct BasketSource {
  std::string file;
  std::string map;  ///< empty: the columns of generated files
  std::string zone = "Asia/Shanghai";
  std::vector<std::string> time_formats;
  std::string cancel_prefix;
  std::string delimiter = ",";
  std::string sku_pattern;  ///< regular expression that a SKU must match as a whole; empty: all do
};

struct RecommendGet {
  std::string customer_id;
  int32_t count = 20;
};
struct RecommendClaim {
  std::string customer_id;
};
struct RecommendPreview {
  std::string file;  ///< empty: the policy in force
  int32_t count = 20;
  int32_t sample = 10'000;
};
struct RecommendTrain {};
struct RecommendModelInfo {};
struct RecommendAvailability {
  std::vector<std::string> skus;
  std::string state;   ///< "available", "out-of-stock", "blocked"
  std::string author;  ///< empty: $USER
  std::string reason;
};
struct RecommendConversion {
  std::string from_date;
  std::string to_date;
};

struct RecommendEvaluate {
  BasketSource source;
  int least_baskets = 4;
  int k = 10;
  bool with_others = false;
};

using Command = std::variant<
    std::monostate, ImportCommand, IngestCommand, GenerateCommand, TierGet, TierBatch, TierHistory, TierAsOf,
    TierWatch, TierList, TierDistribution, TierExplain, TierPath, FeaturesGet, FeaturesDefinitions, FeaturesAudit,
    GradeCommand, ModelList, ModelGet, ModelApply, ModelSimulate, ModelSolve, ModelCalibrate, TierReplay, AuditVerify, AuditList,
    AuditRoot, ConfigList, ConfigGet, ConfigValidate, ConfigDiff, DraftSave, DraftGet, DraftList, DraftDelete,
    ConfigApprove, ConfigPublish, ConfigSchedules, ConfigCancelSchedule, ConfigVersions, ConfigRollback, ConfigApply,
    BenefitsGet, BenefitsImport, BenefitsExport, RedeemReserve, RedeemCommit, RedeemRelease, RedeemList, CouponIssue,
    CouponList, CouponUsage, RegradeStart, RegradeStatus, RegradePause, RegradeResume, RegradeCancel, RegradeList,
    AbuseScan, AbuseList, AbuseShow, AbuseReview, ChurnListCommand, ChurnScanCommand, ChurnActions, ChurnClose, TagsOf, TagsAudience, AppealFile, AppealList, AppealShow,
    AppealAssign, AppealComment, AppealResolve, AppealWithdraw, OverrideSet, OverrideEnd, OverrideList, OverrideImport,
    GroupCreate, GroupChange, GroupShow, GroupList, AccountMerge, AccountShow,
    StatusCommand, HealthCommand, PriceImport, PriceExport, PriceQuote, PriceVerify, PriceSettle, PriceList, StatsFit, StatsEvaluate,
    RecommendEvaluate, RecommendGet, RecommendClaim, RecommendPreview, RecommendTrain, RecommendModelInfo, RecommendAvailability, RecommendConversion,
    StatsShow, StatsList, OutlookGet>;

struct Options {
  GlobalOptions global;
  Command command;
};

/// Either options, or what to print and the exit code.
struct ParsedLine {
  Options options;
  bool run = false;
  int exit_code = 0;
  std::string output;  ///< help or version: standard output
  std::string error;   ///< what is wrong: standard error
};

/// `arguments` without the program's name. The environment gives defaults: RUNG_SERVER and LANG.
ParsedLine ParseOptions(const std::vector<std::string>& arguments);

}  // namespace rung::ctl
