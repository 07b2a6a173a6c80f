// A table that takes no rows for a while: PostgreSQL reports a conflict, as between two transactions, which may pass.
#pragma once

#include <fmt/format.h>

#include <string>

#include "tests/support/installation.h"

namespace rung::testing {

/// Until the object goes.
class RefusedInserts {
 public:
  /// `which`: a condition on NEW; the other rows are taken.
  RefusedInserts(const Installation& installation, std::string table, const std::string& which = "TRUE")
      : installation_(installation), table_(std::move(table)) {
    installation_.Sql(fmt::format("CREATE SEQUENCE refused; GRANT USAGE ON SEQUENCE refused TO rung_service; "
                                  "CREATE FUNCTION refuse_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('refused'); "
                                  "RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$; "
                                  "CREATE TRIGGER refuse_insert BEFORE INSERT ON {} FOR EACH ROW WHEN ({}) EXECUTE FUNCTION refuse_insert()", table_, which));
  }
  ~RefusedInserts() { installation_.Sql(fmt::format("DROP TRIGGER refuse_insert ON {}; DROP FUNCTION refuse_insert(); DROP SEQUENCE refused", table_)); }

  /// Whether somebody has tried; sequences don't roll back.
  bool tried() const { return installation_.Sql("SELECT is_called::text FROM refused") == "true"; }

 private:
  const Installation& installation_;
  const std::string table_;
};

}  // namespace rung::testing
