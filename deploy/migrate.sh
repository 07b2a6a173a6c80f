#!/usr/bin/env bash
# Brings a database to the current schema; creates the database when it's missing.
# usage: migrate.sh ["host=... port=... user=... password=... dbname=..."] [--revert-to CHANGE]   default: RUNG_POSTGRES, then PG* variables
# --revert-to takes back what came after CHANGE (sqitch.plan has their names), with all that it holds.
set -euo pipefail
export LC_ALL=C.UTF-8

migrations=${RUNG_MIGRATIONS:-$(dirname "$(readlink -f "$0")")/migrations}
conninfo=${RUNG_POSTGRES:-}
if (($# > 0)) && [[ $1 != --* ]]; then
  conninfo=$1
  shift
fi

fail() {
  echo "migrate.sh: $1" >&2
  exit 1
}

last=
if (($# > 0)); then
  if (($# != 2)) || [[ $1 != --revert-to || -z $2 ]]; then fail "unknown: $*; the only option is --revert-to CHANGE"; fi
  last=$2
fi

# libpq's variables reach psql and sqitch's own connection alike: nothing to encode, no password in a process list.
declare -A variable_of=(
  [host]=PGHOST [hostaddr]=PGHOSTADDR [port]=PGPORT [user]=PGUSER [password]=PGPASSWORD [passfile]=PGPASSFILE
  [dbname]=PGDATABASE [sslmode]=PGSSLMODE [sslrootcert]=PGSSLROOTCERT [sslcert]=PGSSLCERT [sslkey]=PGSSLKEY
  [connect_timeout]=PGCONNECT_TIMEOUT [application_name]=PGAPPNAME
)
if [[ $conninfo == *[\'\\]* || $conninfo == *://* ]]; then
  fail "give plain key=value pairs; for values that need quotes, set the PG* variables instead"
fi
read -ra pairs <<<"$conninfo"
for pair in "${pairs[@]}"; do
  variable=${variable_of[${pair%%=*}]:-}
  if [[ $pair != *=* || -z $variable ]]; then fail "'${pair%%=*}' isn't known; use: ${!variable_of[*]}"; fi
  export "$variable=${pair#*=}"
done
export PGDATABASE=${PGDATABASE:-rung}

# A deadline for waiting on somebody's lock, none for the work itself.
export PGOPTIONS="${PGOPTIONS:-} -c lock_timeout=60s"
export SQITCH_FULLNAME=${SQITCH_FULLNAME:-rung} SQITCH_EMAIL=${SQITCH_EMAIL:-rung@localhost}

if [[ -n $last ]]; then exec sqitch --chdir "$migrations" revert -y --to "$last" --target "db:pg:$PGDATABASE"; fi
if ! psql -Xqc "" 2>/dev/null; then
  # Somebody else may create it meanwhile.
  error=$(createdb --maintenance-db=postgres "$PGDATABASE" 2>&1) || psql -Xqc "" 2>/dev/null || fail "$error"
fi
exec sqitch --quiet --chdir "$migrations" deploy --verify --target "db:pg:$PGDATABASE"
