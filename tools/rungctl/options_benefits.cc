#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

constexpr char kPlanKind[] = "benefit-plan";
constexpr char kCouponKind[] = "coupon";

void AddCustomer(CLI::App& app, std::string& customer_id) { app.add_option("CUSTOMER", customer_id, "The customer")->required(); }
void AddLimit(CLI::App& app, int32_t& limit) {
  app.add_option("--limit", limit, "At most so many, newest first")->check(CLI::Range(1, 100'000))->capture_default_str();
}

// The names list and get are taken: they are about customers here.
void DefineDocuments(CLI::App& app, const char* kind, const char* many, const char* one, Command& chosen) {
  AddCommand<ConfigList>(app, many, "What is published", chosen, [kind](CLI::App&, ConfigList& command) { command.kind = kind; });
  AddCommand<ConfigGet>(app, one, "A published document, as JSON that draft save takes", chosen, [kind](CLI::App& get, ConfigGet& command) {
    command.kind = kind;
    get.add_option("ID", command.document_id, "The document")->required();
    get.add_option("--version", command.version, "Default: the current one")->check(IsPositive());
  });
  DefineConfigApply(app, kind, chosen);
  DefineConfigCommands(app, kind, chosen);
}

void CheckWhich(const RedeemEnd& command) {
  if (command.reservation_id.empty() == command.order_id.empty()) throw CLI::ValidationError("redeem", "give either a reservation or --order");
}

template <typename C>
void DefineEnd(CLI::App& redeem, const char* name, const char* description, Command& chosen) {
  AddCommand<C>(redeem, name, description, chosen, [](CLI::App& app, C& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("RESERVATION", command.reservation_id, "The request id that it was made with");
    app.add_option("--order", command.order_id, "Instead: all of this order");
  }, +[](const C& command) { CheckWhich(command); });
}

void DefineRedeem(CLI::App& redeem, Command& chosen) {
  redeem.require_subcommand(1);
  AddCommand<RedeemReserve>(redeem, "reserve", "Hold benefits and coupons for an order", chosen, [](CLI::App& app, RedeemReserve& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("--order", command.order_id, "The order that it is for")->required();
    app.add_option("--benefit", command.benefits, "A benefit, with what it takes from the budget: ID or ID=FEN");
    app.add_option("--coupon", command.coupons, "An issued coupon, with what it takes off: ID or ID=FEN");
    app.add_option("--plan", command.plan_id, "Default: the installation's");
    app.add_option("--hold", command.hold_seconds, "Seconds; default: 900")->check(CLI::Range(1, 604'800));
    app.add_option("--request-id", command.request_id, "Names the reservation; default: a new one");
  });
  DefineEnd<RedeemCommit>(redeem, "commit", "Make what is held final", chosen);
  DefineEnd<RedeemRelease>(redeem, "release", "Give back what is held or final", chosen);
  AddCommand<RedeemList>(redeem, "list", "A customer's reservations", chosen, [](CLI::App& app, RedeemList& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("--order", command.order_id, "Only this order's");
    AddLimit(app, command.limit);
  });
}

void DefineBenefits(CLI::App& benefits, Command& chosen) {
  AddCommand<BenefitsGet>(benefits, "get", "What a customer gets now, and why not the rest", chosen, [](CLI::App& app, BenefitsGet& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("--plan", command.plan_id, "Default: the installation's");
    app.add_flag("--all", command.all, "Also what doesn't apply");
    app.add_option("--region", command.region, "Where the order goes (default: the customer's region)");
    app.add_flag("--fail-closed", command.fail_closed, "Fail when the tier can't be had");
  });
  AddCommand<BenefitsImport>(benefits, "import", "KuaiLv's JSON document as a plan, which draft save and apply take", chosen,
                             [](CLI::App& app, BenefitsImport& command) {
                               app.add_option("FILE", command.file, "The document; - is the standard input")->required();
                               app.add_option("--id", command.plan_id, "Of the plan")->capture_default_str();
                               app.add_option("--ladder", command.ladder_id, "Whose tiers they are")->capture_default_str();
                               app.add_option("--currency", command.currency, "Of its amounts")->capture_default_str();
                               app.add_option("--tiers", command.tier_codes, "Best first, with commas; default: the five of KuaiLv")->delimiter(',');
                             });
  AddCommand<BenefitsExport>(benefits, "export", "A published plan as KuaiLv's JSON document", chosen, [](CLI::App& app, BenefitsExport& command) {
    app.add_option("ID", command.plan_id, "The plan")->required();
    app.add_option("--version", command.version, "Default: the current one")->check(IsPositive());
  });
  DefineDocuments(benefits, kPlanKind, "plans", "plan", chosen);
  DefineRedeem(*benefits.add_subcommand("redeem", "Uses of limited benefits and of coupons"), chosen);
}

void DefineCoupon(CLI::App& coupon, Command& chosen) {
  AddCommand<CouponIssue>(coupon, "issue", "Give a customer a coupon", chosen, [](CLI::App& app, CouponIssue& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("COUPON", command.coupon_id, "The definition")->required();
    app.add_option("--source", command.source, "Who or what gives it; default: USER");
    app.add_option("--request-id", command.request_id, "A repetition issues nothing; default: a new one");
  });
  AddCommand<CouponList>(coupon, "list", "What a customer holds or held", chosen, [](CLI::App& app, CouponList& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("--state", command.state, "Default: all")->check(CLI::IsMember({"issued", "reserved", "redeemed", "expired"}));
    AddLimit(app, command.limit);
  });
  AddCommand<CouponUsage>(coupon, "usage", "How much was issued and used", chosen,
                          [](CLI::App& app, CouponUsage& command) { app.add_option("COUPON", command.coupon_id, "The definition")->required(); });
  DefineDocuments(coupon, kCouponKind, "definitions", "definition", chosen);
}

}  // namespace

void DefineBenefitCommands(CLI::App& app, Command& chosen) {
  DefineBenefits(*app.add_subcommand("benefits", "What tiers are worth: a customer's benefits, plans and their life, redemptions"), chosen);
  DefineCoupon(*app.add_subcommand("coupon", "Coupons: issue, look up, definitions and their life"), chosen);
}

}  // namespace rung::ctl
