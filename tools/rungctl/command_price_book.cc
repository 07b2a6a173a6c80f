#include <iostream>

#include <fmt/format.h>

#include "libs/errors/errors.h"
#include "libs/importer/price_book_csv.h"
#include "libs/wire/price_mapping.h"
#include "tools/rungctl/config_calls.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"

namespace rung::ctl {
namespace {

namespace pb = pricing::v1;

constexpr char kKind[] = "price-book";
constexpr size_t kShown = 20;  // of the cells that are wrong

grpc::Status GetBook(const std::string& id, int32_t version, Session& session, pb::PriceBook* book) {
  cfg::GetVersionRequest request;
  request.set_kind(kKind);
  request.set_document_id(id);
  request.set_version(version);
  cfg::GetVersionResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::GetVersion, request, &response);
  if (status.ok() && !response.version().document().UnpackTo(book)) return {grpc::StatusCode::INTERNAL, "the server sent another kind of document"};
  return status;
}

// Every cell that is wrong, and not the first one only.
int FailCells(const std::string& file, const absl::Status& status) {
  const auto violations = ViolationsOf(status);
  if (violations.empty()) return FailLocally(status);
  std::string text;
  for (size_t i = 0; i < std::min(violations.size(), kShown); ++i) {
    text += fmt::format("\n  {}: {} ({})", Printable(violations[i].field), Printable(violations[i].message), violations[i].reason);
  }
  if (violations.size() > kShown) text += fmt::format("\n  … {}", violations.size() - kShown);
  Complain(file + ": no price book" + text);
  return kExitUsage;
}

// The currency of a book: what was asked for, else the published version's, else the installation's. Empty: nobody says.
std::string CurrencyFor(const PriceImport& command, const pb::PriceBook& published, Session& session) {
  if (!command.currency.empty()) return command.currency;
  return published.currency_code().empty() ? CurrencyOf(session) : published.currency_code();
}

}  // namespace

// The book's names and, unless they are given, its breaks and currency stay as they are published.
int Run(const PriceImport& command, Session& session) {
  auto book = importer::ReadPriceBook(command.file, command.breaks_file);
  if (!book.ok()) return FailCells(command.file, book.status());
  pb::PriceBook published;
  const grpc::Status status = GetBook(command.book_id, 0, session, &published);
  if (!status.ok() && status.error_code() != grpc::StatusCode::NOT_FOUND) return Fail(status);
  book->book_id = command.book_id;
  book->currency = CurrencyFor(command, published, session);
  if (book->currency.empty()) {
    return FailLocally(FailedPreconditionError("the server doesn't say what currency the installation keeps: give the prices' as --currency"));
  }
  pb::PriceBook document = wire::ToWire(*book);
  *document.mutable_names() = published.names();
  if (command.breaks_file.empty()) *document.mutable_breaks() = published.breaks();
  return SaveDocument({kKind, command.file, command.etag, command.replace, command.author}, document, session);
}

int Run(const PriceExport& command, Session& session) {
  pb::PriceBook document;
  const grpc::Status status = GetBook(command.book_id, command.version, session, &document);
  if (!status.ok()) return Fail(status);
  std::vector<Violation> violations;
  const pricing::PriceBook book = wire::FromWire(document, violations);
  if (!violations.empty()) return FailLocally(InvalidRequest(violations));
  if (command.breaks) {
    importer::WriteBreaks(book, std::cout);
  } else {
    importer::WriteItems(book, std::cout);
  }
  std::cout.flush();
  return std::cout ? kExitOk : kExitRefused;
}

}  // namespace rung::ctl
