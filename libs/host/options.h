// What an operator configures for every service of a process.
#pragma once

#include <string>

namespace rung::host {

struct Options {
  std::string listen = "127.0.0.1:50051";
  std::string metrics_listen = "127.0.0.1:9464";  ///< empty: none
  std::string postgres;                           ///< libpq conninfo
  std::string redis;                              ///< "unix:/path" or "host:port"
  std::string zone = "Asia/Shanghai";
  std::string currency = "CNY";
  std::string business_time;                      ///< RFC 3339; pins the business clock's start
  std::string key_file;
  bool create_key = false;
  std::string audit_export;                       ///< folder for signed audit roots; empty: none are kept
  int audit_export_seconds = 3600;
  int approvals = 0;                              ///< that a publication needs, by others than the draft's author
  int workers = 8;                                ///< of each service
  std::string grading = "127.0.0.1:50051";        ///< where the service is when it isn't in this process
  std::string benefits = "127.0.0.1:50052";
  std::string log_level = "info";
};

}  // namespace rung::host
