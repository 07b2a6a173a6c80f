#include "services/grading/correction_trial.h"

#include <algorithm>

#include "libs/features/state_builder.h"
#include "services/grading/tier_explainer.h"

namespace rung::grading {
namespace {

// A year of open days lies within 620 civil ones, so nothing that counts is folded, whatever the calendar.
constexpr Day kUnfoldedDays = 2 * features::kWindowDays;

// Words of a planned event have codes for the time of a trial.
class PlannedWords final : public features::CodeBook {
 public:
  explicit PlannedWords(const features::CodeBook& known) : known_(known) {}

  int32_t Find(features::CodeKind kind, std::string_view word) const override {
    const int32_t code = known_.Find(kind, word);
    if (code != kUnknown) return code;
    const std::pair key(kind, std::string(word));
    const auto place = std::find(words_.begin(), words_.end(), key);
    if (place != words_.end()) return kFirst + static_cast<int32_t>(place - words_.begin());
    words_.push_back(key);
    return kFirst + static_cast<int32_t>(words_.size()) - 1;
  }
  std::string Word(features::CodeKind kind, int32_t code) const override {
    return code >= kFirst ? words_[static_cast<size_t>(code - kFirst)].second : known_.Word(kind, code);
  }

 private:
  static constexpr int32_t kFirst = 1'000'000;  // beyond every code that is given

  const features::CodeBook& known_;
  mutable std::vector<std::pair<features::CodeKind, std::string>> words_;
};

}  // namespace

absl::StatusOr<CorrectionTrial> CorrectionTrial::Read(const FeatureReader& reader, const features::CodeBook& codes, std::shared_ptr<const Ladder> ladder,
                                                      const std::string& customer_id, Day today, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(CheckPopulation(*ladder));
  CorrectionTrial trial(reader, codes, std::move(ladder), today);
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, reader.Read(customer_id, today, deadline));
  trial.customer_ = trial.subject_ = customer.row.fingerprint.number;
  if (customer.row.group != CustomerNumber{}) {
    trial.subject_ = customer.row.group;
    RUNG_ASSIGN_OR_RETURN(trial.accounts_, reader.ReadGroup(trial.subject_, today, deadline));
  }
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.row.standings, standings));
  if (const scoring::Standing* known = labels::Find(standings, trial.ladder_->row.ladder_no)) trial.before_ = *known;
  RUNG_ASSIGN_OR_RETURN(trial.events_, reader.Events(trial.customer_, deadline));
  return trial;
}

std::optional<uint8_t> CorrectionTrial::place() const {
  if (!before_.graded) return std::nullopt;
  return ladder_->PlaceOf(before_.effective);
}

CorrectionTrial::Outcome CorrectionTrial::With(const features::Event& event) {
  const PlannedWords words(codes_);
  std::vector<std::string> known_conflicts, conflicts;
  features::BuildState(events_, today_ - kUnfoldedDays, words, &known_conflicts);
  events_.push_back(event);
  features::CustomerState state = features::BuildState(events_, today_ - kUnfoldedDays, words, &conflicts);
  events_.pop_back();
  const auto own = std::find_if(accounts_.begin(), accounts_.end(), [&](const AccountFacts& account) { return account.customer == customer_; });
  if (own != accounts_.end()) {
    own->state = std::move(state);
    state = Pool(accounts_, today_);
  }
  CustomerGrader grader(words, reader_.calendars(), reader_.fits(), reader_.sources());
  const LadderGrading grading = grader.Grade(*ladder_, subject_, state, before_, today_, today_);
  Outcome outcome;
  outcome.place = ladder_->PlaceOf(grading.decision.standing.effective);
  outcome.tier_code = ladder_->CodeOf(grading.decision.standing.effective);
  outcome.computed_tier_code = ladder_->scorer.model().tiers[grading.graded.tier].code;
  outcome.score_milli = grading.graded.score;
  if (conflicts.size() > known_conflicts.size()) outcome.conflict = conflicts.back();
  return outcome;
}

CorrectionTrial::Outcome CorrectionTrial::Without(const features::Event& event) {
  features::Event withdrawal;
  withdrawal.customer_id = event.customer_id;
  withdrawal.event_id = "trial of a withdrawal";
  withdrawal.event_time = event.event_time;
  withdrawal.day = event.day;
  withdrawal.fact = features::Void{event.event_id};
  return With(withdrawal);
}

}  // namespace rung::grading
