#include "tools/rungctl/command_line.h"
#include "tools/rungctl/config_kinds.h"

namespace rung::ctl {
namespace {

// AddCommand for commands that know their kind.
template <typename C, typename Define>
void AddConfigCommand(CLI::App& parent, const std::string& name, const std::string& description, const std::string& kind,
                      Command& chosen, Define define, Check<C> check = nullptr) {
  AddCommand<C>(parent, name, description, chosen, [&](CLI::App& app, C& command) {
    command.kind = kind;
    define(app, command);
  }, check);
}

// Which document; there is no choice when an installation has one only.
template <typename C>
void AddDocument(CLI::App& app, C& command) {
  if (IsSingle(command.kind)) {
    command.document_id = kOnlyDocument;
  } else {
    app.add_option("ID", command.document_id, "The document")->required();
  }
}
void AddEtag(CLI::App& app, std::string& etag) {
  app.add_option("--etag", etag, "Refuse when it has moved on from this; default: as it is now");
}
void AddWho(CLI::App& app, std::string& author) { app.add_option("--author", author, "Who does it; default: USER"); }
void AddWhy(CLI::App& app, std::string& note) { app.add_option("--note,--reason", note, "Why"); }
void AddLimit(CLI::App& app, int32_t& limit) {
  app.add_option("--limit", limit, "At most so many, newest first")->check(CLI::Range(1, 100'000))->capture_default_str();
}

void CheckValidate(const ConfigValidate& command) {
  if (command.files.empty() == command.draft_id.empty()) throw CLI::ValidationError("validate", "give files or --draft");
}
void CheckSave(const DraftSave& command) {
  if (command.replace && !command.etag.empty()) throw CLI::ValidationError("save", "--etag excludes --replace");
}

void DefineDrafts(CLI::App& draft, const std::string& kind, Command& chosen) {
  draft.require_subcommand(1);
  AddConfigCommand<DraftSave>(draft, "save", "Keep a document without publishing it", kind, chosen, [](CLI::App& app, DraftSave& command) {
    app.add_option("FILE", command.file, "The document as JSON; - is the standard input")->required();
    app.add_option("--etag", command.etag, "The draft that this one replaces; default: there is none yet");
    app.add_flag("--replace", command.replace, "Replace whatever draft is there");
    AddWho(app, command.author);
  }, CheckSave);
  AddConfigCommand<DraftGet>(draft, "get", "A draft, as JSON that save takes", kind, chosen,
                             [](CLI::App& app, DraftGet& command) { AddDocument(app, command); });
  AddConfigCommand<DraftList>(draft, "list", "All drafts", kind, chosen, [](CLI::App&, DraftList&) {});
  AddConfigCommand<DraftDelete>(draft, "delete", "Throw a draft away", kind, chosen, [](CLI::App& app, DraftDelete& command) {
    AddDocument(app, command);
    AddEtag(app, command.etag);
    AddWho(app, command.author);
  });
}

void DefineSchedules(CLI::App& app, const std::string& kind, Command& chosen) {
  AddConfigCommand<ConfigSchedules>(app, "schedules", "Publications that wait for their time, and what became of them", kind, chosen,
                                    [](CLI::App& schedules, ConfigSchedules& command) { AddLimit(schedules, command.limit); });
  AddConfigCommand<ConfigCancelSchedule>(app, "cancel-schedule", "Don't publish it after all", kind, chosen,
                                         [](CLI::App& cancel, ConfigCancelSchedule& command) {
                                           cancel.add_option("SCHEDULE", command.schedule_id, "Its number")->required()->check(IsPositive());
                                           AddWho(cancel, command.author);
                                           AddWhy(cancel, command.note);
                                         });
}

}  // namespace

void DefineConfigApply(CLI::App& app, const std::string& kind, Command& chosen) {
  AddCommand<ConfigApply>(app, "apply", "Publish documents: draft save and publish in one go", chosen, [kind](CLI::App& apply, ConfigApply& command) {
    command.kind = kind;
    apply.add_option("FILE", command.files, "Documents as JSON; - is the standard input")->required();
    apply.add_option("--author", command.author, "Who does it; default: USER");
    AddWhy(apply, command.note);
  });
}

void DefineConfigReads(CLI::App& app, const std::string& kind, Command& chosen) {
  AddConfigCommand<ConfigList>(app, "list", "What is published", kind, chosen, [](CLI::App&, ConfigList&) {});
  AddConfigCommand<ConfigGet>(app, "get", "A published document, as JSON that draft save takes", kind, chosen, [](CLI::App& get, ConfigGet& command) {
    AddDocument(get, command);
    get.add_option("--version", command.version, "Default: the current one")->check(IsPositive());
  });
}

void DefineConfigDiff(CLI::App& app, const std::string& kind, Command& chosen) {
  AddConfigCommand<ConfigDiff>(app, "diff", "What differs between two versions, or a version and the draft", kind, chosen,
                               [](CLI::App& diff, ConfigDiff& command) {
                                 AddDocument(diff, command);
                                 diff.add_option("--from", command.from_version, "Version; default: the current one")->check(IsPositive());
                                 diff.add_option("--to", command.to_version, "Version; default: the draft")->check(IsPositive());
                               });
}

void DefineConfigPublish(CLI::App& app, const std::string& kind, Command& chosen) {
  AddConfigCommand<ConfigPublish>(app, "publish", "Publish a draft, now or at a time", kind, chosen, [](CLI::App& publish, ConfigPublish& command) {
    AddDocument(publish, command);
    publish.add_option("--at", command.at, "When; default: now")->check(IsInstant());
    AddEtag(publish, command.etag);
    AddWho(publish, command.author);
    AddWhy(publish, command.note);
  });
}

void DefineConfigCommands(CLI::App& app, const std::string& kind, Command& chosen) {
  app.require_subcommand(1);
  AddConfigCommand<ConfigValidate>(app, "validate", "Check documents, or a draft, without storing anything", kind, chosen,
                                   [](CLI::App& validate, ConfigValidate& command) {
                                     validate.add_option("FILE", command.files, "Documents as JSON");
                                     validate.add_option("--draft", command.draft_id, "Instead: the draft of this document");
                                   }, CheckValidate);
  DefineConfigDiff(app, kind, chosen);
  DefineDrafts(*app.add_subcommand("draft", "Documents that aren't published yet"), kind, chosen);
  AddConfigCommand<ConfigApprove>(app, "approve", "Approve a draft", kind, chosen, [](CLI::App& approve, ConfigApprove& command) {
    AddDocument(approve, command);
    AddEtag(approve, command.etag);
    AddWho(approve, command.author);
    AddWhy(approve, command.note);
  });
  DefineConfigPublish(app, kind, chosen);
  DefineSchedules(app, kind, chosen);
  AddConfigCommand<ConfigVersions>(app, "versions", "All that was published, newest first", kind, chosen, [](CLI::App& versions, ConfigVersions& command) {
    AddDocument(versions, command);
    AddLimit(versions, command.limit);
  });
  AddConfigCommand<ConfigRollback>(app, "rollback", "Publish an older version again", kind, chosen, [](CLI::App& rollback, ConfigRollback& command) {
    AddDocument(rollback, command);
    rollback.add_option("VERSION", command.version, "The version to bring back")->required()->check(IsPositive());
    AddEtag(rollback, command.etag);
    AddWho(rollback, command.author);
    AddWhy(rollback, command.note);
  });
}

CLI::App& DefineDocuments(CLI::App& app, const std::string& name, const std::string& kind, const std::string& description, Command& chosen) {
  CLI::App& documents = *app.add_subcommand(name, description);
  DefineConfigReads(documents, kind, chosen);
  DefineConfigApply(documents, kind, chosen);
  DefineConfigCommands(documents, kind, chosen);
  return documents;
}

}  // namespace rung::ctl
