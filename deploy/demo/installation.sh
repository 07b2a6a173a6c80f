# shellcheck shell=bash disable=SC2154 # demo.sh sets demo and bin
# An installation: a folder with a private PostgreSQL and Redis (servers.sh), the suite's pid, port, key and log.
# stop.sh takes such a folder.

metrics_first_port=9464
start_seconds=30

check_port() {
  if [[ ! $1 =~ ^[1-9][0-9]{3,4}$ ]] || (($1 < 1024 || $1 > 65000)); then
    fail "RUNG_DEMO_PORT: a number from 1024 to 65000, not '$1'" 2
  fi
}

port_taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() { # FIRST
  local port=$1
  while port_taken "$port"; do port=$((port + 1)); done
  echo "$port"
}

# A process is known by its working folder: its id may have gone to a stranger since the pid file was written. One that
# was built before the binary that is there now counts as gone.
suite_lives() { # FOLDER
  local process
  process=/proc/$(cat "$1/suite.pid" 2>/dev/null || echo none)
  [[ $process/cwd -ef $1 && $process/exe -ef $bin/rung-suite ]]
}

suite_answers() { # FOLDER
  RUNG_SERVER=$(address "$1") "$bin/rungctl" --timeout 1 status >/dev/null 2>&1
}

address() { echo "127.0.0.1:$(<"$1/port")"; } # FOLDER

# Later calls of rungctl go there.
enter() { # NAME
  folder=$demo/$1
  RUNG_SERVER=$(address "$folder")
  export RUNG_SERVER
}

start_suite() { # FOLDER PORT OPTION...
  local folder=$1 wanted=$2 port metrics_port
  shift 2
  port=$(free_port "$wanted")
  metrics_port=$(free_port "$metrics_first_port")
  if ((port != wanted)); then say "Port $wanted is taken; $port is free."; fi
  echo "$port" >"$folder/port"
  echo "$metrics_port" >"$folder/metrics_port"
  (
    cd "$folder" || exit
    exec setsid "$bin/rung-suite" --listen "127.0.0.1:$port" --metrics-listen "127.0.0.1:$metrics_port" \
      --key-file "$folder/keys" --create-key --nightly off "$@" >>"$folder/suite.log" 2>&1 </dev/null
  ) &
  echo $! >"$folder/suite.pid"
}

wait_for_suite() { # FOLDER
  local deadline=$((SECONDS + start_seconds))
  until suite_answers "$1"; do
    if ! kill -0 "$(<"$1/suite.pid")" 2>/dev/null || ((SECONDS > deadline)); then
      fail "the suite didn't start; its log, $1/suite.log, ends:"$'\n'"$(tail -n 10 "$1/suite.log")"
    fi
    sleep 0.1
  done
}

stop_old_suite() { # FOLDER
  if [[ -f $1/suite.pid ]]; then deploy/stop.sh "$1"; fi
}

start_installation() { # NAME PORT OPTION...
  local folder=$demo/$1
  shift
  mkdir -p "$folder"
  suite_lives "$folder" || stop_old_suite "$folder"
  deploy/servers.sh start "$folder" --fast
  (
    eval "$(deploy/servers.sh env "$folder")"
    deploy/migrate.sh
    suite_lives "$folder" || start_suite "$folder" "$@"
  )
  wait_for_suite "$folder"
}

# Whether everything has been loaded and graded before.
loaded() { "$bin/rungctl" -o json regrade list --limit 500 | grep RUN_STATE_DONE >/dev/null; }
