#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void AddRun(CLI::App& app, int64_t& run_id) {
  app.add_option("RUN", run_id, "Number of the run; default: the newest")->check(IsPositive());
}
template <typename C>
CLI::Option* AddReason(CLI::App& app, C& command) {
  return app.add_option("--reason", command.reason, "Why; it is kept for good");
}
template <typename C>
CLI::Option* AddOverride(CLI::App& app, C& command, CLI::Option* reason) {
  return app.add_flag("--override-guard", command.override_guard, "Go on although the planned downgrades exceed the guard's bound; say why")
      ->needs(reason);
}
// What is done to a run that is there already.
template <typename C>
CLI::Option* AddControl(CLI::App& app, C& command) {
  AddRun(app, command.run_id);
  app.add_option("--author", command.author, "Who does it; default: USER");
  return AddReason(app, command);
}

void CheckApply(const ModelApply& command) {
  if (command.files.size() > 1 && (command.make_default || !command.etag.empty())) {
    throw CLI::ValidationError("apply", "--make-default and --etag are for a single file");
  }
}

void CheckSimulate(const ModelSimulate& command) {
  if (command.file.empty() && command.draft_id.empty()) throw CLI::ValidationError("simulate", "give a file or --draft");
}

void DefineSolve(CLI::App& app, ModelSolve& command) {
  CLI::Option* id = app.add_option("ID", command.model_id, "A published model; default: the default ladder's");
  CLI::Option* file = app.add_option("--file", command.file, "Instead: a model as JSON");
  CLI::Option* draft = app.add_option("--draft", command.draft_id, "Instead: the stored draft of this model");
  id->excludes(file)->excludes(draft);
  file->excludes(draft);
  app.add_option("--shares", command.shares, "Percent of the base, best tier first, as 5,15,30,40,10; default: the model's targets")
      ->delimiter(',')->check(CLI::Range(0.0, 100.0));
  app.add_option("--budget", command.budget_minor, "Instead: what benefits may cost in 365 days, in fen")->check(CLI::Range(int64_t{0}, int64_t{100'000'000'000'000}));
  app.add_option("--tier", command.tiers, "With --budget: diamond=1000:0:3000, cost in bps of spend, fixed cost in fen, retained bps of margin, weight of heads");
  app.add_flag("--headcount", command.headcount, "With --budget: most heads instead of most retained margin");
  app.add_option("--step", command.step_points, "With --budget: bounds are multiples of so many points")->check(CLI::Range(0.1, 10.0))->capture_default_str();
  app.add_option("--as-of", command.as_of_date, "Business day; default: today")->check(IsDate());
  app.add_option("--out", command.out, "Write the model with the new bounds here, to simulate and to save as a draft");
}

void CheckSolve(const ModelSolve& command) {
  if (command.budget_minor >= 0 && !command.shares.empty()) throw CLI::ValidationError("solve", "--shares and --budget exclude each other");
  if (command.budget_minor < 0 && !command.tiers.empty()) throw CLI::ValidationError("solve", "--tier goes with --budget");
}

void DefineCalibrate(CLI::App& app, ModelCalibrate& command) {
  CLI::Option* id = app.add_option("ID", command.model_id, "A published model; default: the default ladder's");
  CLI::Option* file = app.add_option("--file", command.file, "Instead: a model as JSON");
  CLI::Option* draft = app.add_option("--draft", command.draft_id, "Instead: the stored draft of this model");
  id->excludes(file)->excludes(draft);
  file->excludes(draft);
  CLI::Option* outcome = app.add_option("--outcome", command.outcome, "What later days brought: margin or retention")
                             ->check(CLI::IsMember({"margin", "retention"}))->capture_default_str();
  app.add_option("--labels", command.labels_file, "Instead: a CSV with the columns customer_id and tier_code")->excludes(outcome);
  app.add_option("--days", command.horizon_days, "How long outcomes are waited for")->check(CLI::Range(30, 180))->capture_default_str();
  app.add_option("--sample", command.sample, "About how many customers are looked at")->check(CLI::Range(1'000, 200'000))->capture_default_str();
  app.add_option("--as-of", command.as_of_date, "The last day whose facts are used; default: yesterday")->check(IsDate());
  app.add_option("--out", command.out, "Write the proposed model here, to simulate and to save as a draft");
}

void DefineModel(CLI::App& model, Command& chosen) {
  model.require_subcommand(1);
  AddCommand<ModelList>(model, "list", "The current models", chosen, [](CLI::App&, ModelList&) {});
  AddCommand<ModelGet>(model, "get", "A model, as JSON that apply takes", chosen, [](CLI::App& app, ModelGet& command) {
    app.add_option("ID", command.model_id, "The model, which is the ladder")->required();
    app.add_option("--version", command.version, "Default: the current one")->check(IsPositive());
  });
  AddCommand<ModelApply>(model, "apply", "Publish models", chosen, [](CLI::App& app, ModelApply& command) {
    app.add_option("FILE", command.files, "Models as JSON")->required();
    app.add_flag("--make-default", command.make_default, "Lookups use this ladder by default; for a single file");
    app.add_option("--etag", command.etag, "Refuse when the ladder has moved on from this; for a single file");
    app.add_option("--author", command.author, "Who publishes; default: USER");
    app.add_flag("--validate-only", command.validate_only, "Only check");
  }, CheckApply);
  AddCommand<ModelSimulate>(model, "simulate", "What a draft would do to the whole base", chosen, [](CLI::App& app, ModelSimulate& command) {
    CLI::Option* file = app.add_option("FILE", command.file, "A model as JSON");
    CLI::Option* draft = app.add_option("--draft", command.draft_id, "The stored draft of this model");
    file->excludes(draft);
    app.add_option("--as-of", command.as_of_date, "Business day; default: today")->check(IsDate());
    app.add_option("--movers", command.movers, "How many winners and losers to name")->check(CLI::Range(1, 200))->capture_default_str();
    app.add_option("--benefits", command.plan_id, "The benefit plan whose costs are compared; default: the ladder's");
    app.add_option("--delivery-fee", command.delivery_fee_minor, "What one delivery costs, in fen; default: free ones are only counted")->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}));
    app.add_option("--max-age", command.max_age_seconds, "Seconds for which the base read for the last simulation will do; 0: read it now")
        ->check(CLI::Range(0, 600))->capture_default_str();
  }, CheckSimulate);
  AddCommand<ModelSolve>(model, "solve", "Lower bounds that meet target shares, or make the most of a budget", chosen, DefineSolve, CheckSolve);
  AddCommand<ModelCalibrate>(model, "calibrate", "Weights and bounds from what became of customers, or from labels", chosen, DefineCalibrate);
  DefineConfigCommands(model, "model", chosen);
}

void DefineAudit(CLI::App& audit, Command& chosen) {
  audit.require_subcommand(1);
  AddCommand<AuditVerify>(audit, "verify", "Recompute every chain of the record", chosen, [](CLI::App& app, AuditVerify& command) {
    app.add_option("--roots", command.roots_file, "Signed roots kept outside the database, one JSON per line");
  });
  AddCommand<AuditList>(audit, "list", "Who changed what, newest first", chosen, [](CLI::App& app, AuditList& command) {
    app.add_option("SUBJECT", command.subject, "Only this one, such as model/kuailv; with * or / at the end, all that begin so");
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
  AddCommand<AuditRoot>(audit, "root", "Sign the heads of all chains, to be kept elsewhere", chosen, [](CLI::App&, AuditRoot&) {});
}

void DefineRegrade(CLI::App& regrade, Command& chosen) {
  regrade.require_subcommand(1);
  AddCommand<RegradeStart>(regrade, "start", "Regrade the whole base", chosen, [](CLI::App& app, RegradeStart& command) {
    app.add_option("--as-of", command.as_of_date, "Business day; default: yesterday")->check(IsDate());
    CLI::Option* reason = AddReason(app, command);
    reason->needs(AddOverride(app, command, reason));
    app.add_option("--author", command.author, "Who starts it; default: USER");
    app.add_flag("--watch", command.watch, "Stay until it ends");
  });
  AddCommand<RegradeStatus>(regrade, "status", "How a run is doing", chosen, [](CLI::App& app, RegradeStatus& command) {
    app.add_option("RUN", command.run_id, "Number of the run; default: the newest")->check(IsPositive());
    app.add_flag("--watch", command.watch, "Stay until it ends");
  });
  AddCommand<RegradePause>(regrade, "pause", "Stop writing at the next chunk", chosen,
                           [](CLI::App& app, RegradePause& command) { AddControl(app, command); });
  AddCommand<RegradeResume>(regrade, "resume", "Go on with a paused, broken or held run", chosen,
                            [](CLI::App& app, RegradeResume& command) {
                              AddOverride(app, command, AddControl(app, command));
                            });
  AddCommand<RegradeCancel>(regrade, "cancel", "Give a run up; what was written stays", chosen,
                            [](CLI::App& app, RegradeCancel& command) { AddControl(app, command); });
  AddCommand<RegradeList>(regrade, "list", "Runs, newest first", chosen, [](CLI::App& app, RegradeList& command) {
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
}

void DefineTags(CLI::App& tags, Command& chosen) {
  AddCommand<TagsOf>(tags, "of", "The tags of a customer", chosen, [](CLI::App& app, TagsOf& command) {
    app.add_option("CUSTOMER", command.customer_id, "The order system's id of the customer")->required();
    app.add_option("--as-of", command.as_of_date, "Business day; default: today")->check(IsDate());
    app.add_flag("--all", command.all, "Also the tags that it hasn't");
  });
  AddCommand<TagsAudience>(tags, "audience", "Customers by tags and tiers, one id a line", chosen, [](CLI::App& app, TagsAudience& command) {
    app.add_option("TAG", command.all, "Every one of these");
    app.add_option("--any", command.any, "And at least one of these")->delimiter(',');
    app.add_option("--none", command.none, "And none of these")->delimiter(',');
    app.add_option("--tier", command.tiers, "And one of these tiers")->delimiter(',');
    app.add_option("--ladder", command.ladder_id, "Of the tiers; default: the default ladder");
    app.add_option("--as-of", command.as_of_date, "Business day; default: today")->check(IsDate());
    app.add_flag("--count", command.count, "Only how many, and how many each tag has");
    app.add_flag("--details", command.details, "Tier and tags beside each id");
  });
}

}  // namespace

void DefineAdminCommands(CLI::App& app, Command& chosen) {
  DefineModel(*app.add_subcommand("model", "Models and their life: look up, draft, check, approve, publish, roll back"), chosen);
  DefineDocuments(app, "calendar", "calendar", "Calendars of closed days", chosen);
  DefineTags(DefineDocuments(app, "tags", "tags", "Customer tags: the set, a customer's tags, audiences", chosen), chosen);
  DefineDocuments(app, "abuse-policy", "abuse-policy", "The rules of abuse detection", chosen);
  DefineDocuments(app, "recommendation-policy", "recommendation-policy", "Who is recommended what: the policy by audience", chosen);
  DefineDocuments(app, "retention-policy", "retention-policy", "What is done about customers at risk and new ones: coupons and tasks by rule", chosen);
  DefineRegrade(*app.add_subcommand("regrade", "Batch runs over the whole base"), chosen);
  DefineAudit(*app.add_subcommand("audit", "The record of changes"), chosen);
  AddCommand<StatusCommand>(app, "status", "How the server is doing", chosen, [](CLI::App&, StatusCommand&) {});
  AddCommand<HealthCommand>(app, "health", "Whether a server, or one service of it, takes calls", chosen, [](CLI::App& app, HealthCommand& command) {
    app.add_option("SERVICE", command.service, "Such as rung.pricing.v1.PricingService; none: the server as a whole");
  });
}

}  // namespace rung::ctl
