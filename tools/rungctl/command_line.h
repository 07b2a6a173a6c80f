// What the files that define the command line share.
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/rungctl/options.h"

namespace rung::ctl {

template <typename C>
using Check = void (*)(const C&);

/// Adds a subcommand whose arguments `define(app, draft)` binds; once parsed, the draft becomes the chosen command.
/// `check` throws CLI::ValidationError for what single arguments don't show.
template <typename C, typename Define>
void AddCommand(CLI::App& parent, const std::string& name, const std::string& description, Command& chosen,
                Define define, Check<C> check = nullptr) {
  auto draft = std::make_shared<C>();
  CLI::App* app = parent.add_subcommand(name, description);
  define(*app, *draft);
  app->final_callback([draft, check, &chosen] {
    if (check != nullptr) check(*draft);
    chosen = *draft;
  });
}

/// Accepts whole numbers from 1.
CLI::Validator IsPositive();

/// Accepts "2026-03-31".
CLI::Validator IsDate();

/// Accepts "2026-04-01T00:00:00+08:00".
CLI::Validator IsInstant();

void DefineDataCommands(CLI::App& app, Command& chosen);     // import, ingest, generate
void DefineGradingCommands(CLI::App& app, Command& chosen);  // tier, features, grade
void DefineAbuseCommands(CLI::App& app, Command& chosen);    // abuse
void DefineChurnCommands(CLI::App& app, Command& chosen);    // churn
void DefineGroupCommands(CLI::App& app, Command& chosen);    // group, account
void DefineOverrideCommands(CLI::App& app, Command& chosen); // override
void DefineAppealCommands(CLI::App& app, Command& chosen);   // appeal
void DefineAdminCommands(CLI::App& app, Command& chosen);    // model, regrade, status
void DefineBenefitCommands(CLI::App& app, Command& chosen);  // benefits, coupon
void DefineStatsCommands(CLI::App& app, Command& chosen);    // stats
void DefineRecommendCommands(CLI::App& app, Command& chosen);  // recommend
void DefinePriceCommands(CLI::App& app, Command& chosen);    // price

/// The life of configuration of a kind, below `app`: validate, diff, draft, approve, publish, schedules, cancel-schedule,
/// versions, rollback.
void DefineConfigCommands(CLI::App& app, const std::string& kind, Command& chosen);
/// Two of them, for a place where people look for them.
void DefineConfigDiff(CLI::App& app, const std::string& kind, Command& chosen);
void DefineConfigPublish(CLI::App& app, const std::string& kind, Command& chosen);
/// apply, for all kinds but models, whose apply also says which ladder is the default.
void DefineConfigApply(CLI::App& app, const std::string& kind, Command& chosen);
/// list and get, for kinds that have no commands of their own for these.
void DefineConfigReads(CLI::App& app, const std::string& kind, Command& chosen);
/// Both, as a subcommand, which is returned for what a kind has beside them.
CLI::App& DefineDocuments(CLI::App& app, const std::string& name, const std::string& kind, const std::string& description, Command& chosen);

}  // namespace rung::ctl
