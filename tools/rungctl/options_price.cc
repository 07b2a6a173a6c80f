#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void AddWhere(CLI::App& app, std::string& book_id, std::string& region) {
  app.add_option("--book", book_id, "Price book; default: the installation's");
  app.add_option("--region", region, "Default: the customer's");
}

void CheckQuote(const PriceQuote& command) {
  if (command.items.empty() == command.basket_file.empty()) throw CLI::ValidationError("quote", "give SKU=QUANTITY or --basket");
}

void DefineBook(CLI::App& price, Command& chosen) {
  AddCommand<PriceImport>(price, "import", "A price book from CSV, as a draft", chosen, [](CLI::App& app, PriceImport& command) {
    app.add_option("FILE", command.file, "Items, a row a price: sku, category, unit, list_price and more; - is the standard input")->required();
    app.add_option("--breaks", command.breaks_file, "Quantity breaks as CSV; default: those of the published book");
    app.add_option("--book", command.book_id, "The book's id")->capture_default_str();
    app.add_option("--currency", command.currency, "Default: the published book's, else the installation's");
    app.add_option("--etag", command.etag, "The draft that this one replaces; default: there is none yet");
    app.add_flag("--replace", command.replace, "Replace whatever draft is there");
    app.add_option("--author", command.author, "Who does it; default: USER");
  });
  AddCommand<PriceExport>(price, "export", "A price book as CSV that import takes", chosen, [](CLI::App& app, PriceExport& command) {
    app.add_option("BOOK", command.book_id, "The book's id")->capture_default_str();
    app.add_option("--version", command.version, "Default: the current one")->check(IsPositive());
    app.add_flag("--breaks", command.breaks, "Its quantity breaks instead of its items");
  });
}

void DefineQuotes(CLI::App& price, Command& chosen) {
  AddCommand<PriceQuote>(price, "quote", "What a basket costs a customer, and why", chosen, [](CLI::App& app, PriceQuote& command) {
    app.add_option("CUSTOMER", command.customer_id, "The customer")->required();
    app.add_option("SKU=QUANTITY", command.items, "Lines, in pieces or kilograms: mango=2.5");
    app.add_option("--basket", command.basket_file, "CSV with the columns sku and quantity; - is the standard input");
    app.add_option("--coupon", command.coupon_ids, "Coupons that the customer holds")->delimiter(',');
    app.add_option("--delivery-fee", command.delivery_fee, "In the currency's major unit: 8.00");
    AddWhere(app, command.book_id, command.region);
    app.add_flag("--partial", command.partial, "Price the rest when lines are refused");
    app.add_flag("--trace", command.trace, "Every rule that was looked at, not the winners only");
    app.add_flag("--fail-closed", command.fail_closed, "Fail when the customer's tier can't be had");
    app.add_option("--sign", command.sign_file, "Sign the quote and keep it in this file; - prints it instead");
  }, CheckQuote);
  AddCommand<PriceVerify>(price, "verify", "Place an order by a signed quote: check it and reserve what it uses", chosen, [](CLI::App& app, PriceVerify& command) {
    app.add_option("FILE", command.file, "The signed quote; - is the standard input")->required();
    app.add_option("--order", command.order_id, "The order that uses it")->required();
  });
  AddCommand<PriceSettle>(price, "settle", "What a quoted basket costs at what was delivered", chosen, [](CLI::App& app, PriceSettle& command) {
    app.add_option("FILE", command.file, "The signed quote; - is the standard input")->required();
    app.add_option("QUANTITY", command.quantities, "Delivered, one for each line, in pieces or kilograms")->required();
    app.add_option("--refused", command.refused_lines, "Lines, from 1, of which the customer refused goods")->delimiter(',')->check(IsPositive());
    app.add_flag("--trace", command.trace, "Every rule that was looked at, not the winners only");
  });
  AddCommand<PriceList>(price, "list", "What goods cost a customer, for browsing", chosen, [](CLI::App& app, PriceList& command) {
    app.add_option("CUSTOMER", command.customer_id, "The customer")->required();
    app.add_option("--sku", command.skus, "Only these")->delimiter(',');
    app.add_option("--category", command.category, "Only this path and what lies below it");
    AddWhere(app, command.book_id, command.region);
    app.add_flag("--fail-closed", command.fail_closed, "Fail when the customer's tier can't be had");
  });
}

}  // namespace

void DefinePriceCommands(CLI::App& app, Command& chosen) {
  CLI::App& price = *app.add_subcommand("price", "Prices: books, policies, quotes, settlements, lists");
  price.require_subcommand(1);
  DefineDocuments(price, "book", "price-book", "Price books", chosen);
  DefineDocuments(price, "policy", "price-policy", "How reductions stack", chosen);
  DefineConfigDiff(price, "price-book", chosen);  // what `price import` has drafted
  DefineConfigPublish(price, "price-book", chosen);
  DefineBook(price, chosen);
  DefineQuotes(price, chosen);
}

}  // namespace rung::ctl
