#!/usr/bin/env bash
# Installs, builds, and runs every check and test; arguments go to ctest.
set -euo pipefail
export LC_ALL=C.UTF-8

cd "$(dirname "$(readlink -f "$0")")/.."
servers=$PWD/build/test-servers

deploy/install.sh
tools/check_layers
tools/check_features
tools/check_protos || (($? == 3)) # says so when it can't check here
cmake --preset release
cmake --build --preset release

trap 'deploy/servers.sh stop "$servers"' EXIT
deploy/servers.sh destroy "$servers"
deploy/servers.sh start "$servers" --scratch # tests of what survives a crash start a durable one
eval "$(deploy/servers.sh env "$servers")"

# Each test creates databases of its own from this one.
RUNG_TEST_TEMPLATE=rung_template
RUNG_TEST_POSTGRES=${RUNG_POSTGRES% dbname=*}
RUNG_TEST_REDIS=$RUNG_REDIS
deploy/migrate.sh "$RUNG_TEST_POSTGRES dbname=$RUNG_TEST_TEMPLATE"
export RUNG_TEST_POSTGRES RUNG_TEST_TEMPLATE RUNG_TEST_REDIS
# Tests see these servers only through the variables above.
unset RUNG_POSTGRES RUNG_REDIS

ctest --preset release -j4 "$@"
