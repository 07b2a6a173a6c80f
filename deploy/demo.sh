#!/usr/bin/env bash
# From a clone to a running suite with graded customers. Run again, it shows the same again, and adds no more than an order
# by a signed quote and a scan of who is about to leave.
# usage: demo.sh [stop | reset]   stop: end what runs, keep the data; reset: delete the data as well
#   RUNG_DEMO_PORT=N         first port to try (default 50051)
#   RUNG_DEMO_SKIP_BUILD=1   take the binaries that are there
set -euo pipefail
export LC_ALL=C.UTF-8

cd "$(dirname "$(readlink -f "$0")")/.."
demo=$PWD/.run/demo
bin=$PWD/build/release/bin
first_port=${RUNG_DEMO_PORT:-50051}
skip_build=${RUNG_DEMO_SKIP_BUILD:-}

source deploy/demo/output.sh
source deploy/demo/installation.sh
source deploy/demo/data.sh
source deploy/demo/tour.sh

# The demo's servers are its own: nothing meant for another installation may reach them, and no proxy stands between.
forget_environment() {
  local pg_bin=${RUNG_PG_BIN:-}
  unset "${!RUNG_@}" "${!PG@}"
  if [[ -n $pg_bin ]]; then export RUNG_PG_BIN=$pg_bin; fi
  export no_grpc_proxy=127.0.0.1
}

build() {
  heading "Install and build"
  deploy/install.sh
  if [[ -n $skip_build ]]; then
    say "Build skipped: RUNG_DEMO_SKIP_BUILD is set."
  else
    [[ -x $bin/rung-suite ]] || say "The first build takes some minutes."
    quietly cmake --preset release
    cmake --build --preset release --target rung-suite rungctl
  fi
  [[ -x $bin/rung-suite && -x $bin/rungctl ]] || fail "$bin has no rung-suite and rungctl: build them first"
}

start() {
  heading "Start"
  say "Two installations, each with a PostgreSQL and a Redis of its own on unix sockets in ${demo#"$PWD/"}:"
  start_retail
  start_fresh
}

run() {
  check_port "$first_port"
  build
  mkdir -p "$demo"
  start
  load_retail
  show_retail
  load_fresh
  show_fresh
  show_way_on
}

stop() {
  local name
  for name in retail fresh; do
    if [[ -d $demo/$name ]]; then deploy/stop.sh "$demo/$name"; fi
  done
}

reset() {
  local name
  stop
  for name in retail fresh; do deploy/servers.sh destroy "$demo/$name"; done
  rm -rf "$demo"
}

forget_environment
case ${1:-} in
  "") run ;;
  stop)
    stop
    say "Stopped; the data stays in ${demo#"$PWD/"}."
    ;;
  reset)
    reset
    say "Stopped; the data is deleted."
    ;;
  *) fail "usage: deploy/demo.sh [stop | reset]" 2 ;;
esac
