#!/usr/bin/env bash
# A private PostgreSQL and Redis on unix sockets in a folder of their own.
set -euo pipefail
export LC_ALL=C.UTF-8

usage() {
  cat >&2 <<'USAGE'
usage: servers.sh start DIR [--fast | --scratch]
                                       create when missing, start, wait until both answer (--fast: small;
                                       --scratch: small, and what it holds needn't outlive the machine, for tests)
       servers.sh crash DIR            kill PostgreSQL where it stands, for tests of what survives that
       servers.sh stop DIR             stop both, keep the data
       servers.sh destroy DIR          stop both, delete the data
       servers.sh status DIR           what runs; exit code 3 unless both do
       servers.sh env DIR              shell exports of RUNG_POSTGRES and RUNG_REDIS
USAGE
  exit 2
}

fail() {
  echo "servers.sh: $1" >&2
  if [[ -s ${2:-} ]]; then
    echo "--- $2" >&2
    tail -n 20 "$2" >&2
  fi
  exit 1
}

# PostgreSQL refuses to run as root.
as_owner() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

# Where data and sockets lie: DIR itself, unless the postgres user can't reach it (below /root), a socket path would
# pass the kernel's 107 bytes, or a conninfo would need quoting. Then a folder below /var/tmp, linked from DIR.
choose_home() {
  local existing=$dir
  until [[ -d $existing ]]; do existing=$(dirname "$existing"); done
  home=$dir
  if ((${#dir} > 80)) || [[ $dir == *[!A-Za-z0-9/._-]* ]] || ! as_owner test -x "$existing" 2>/dev/null; then
    home=/var/tmp/rung-$(printf %s "$dir" | sha256sum | cut -c1-12)
  fi
}

# Data that a DIR since deleted has left below /var/tmp isn't taken over: a new DIR means a fresh start.
make_home() {
  if [[ $home == "$dir" ]]; then return; fi
  mkdir -p "$home"
  [[ -O $home ]] || fail "$home belongs to somebody else"
  if [[ ! -L $dir/pg ]]; then
    stop_both
    rm -rf "${home:?}"/*
  fi
  local part
  for part in pg redis socket; do ln -sfnT "$home/$part" "$dir/$part"; done
}

make_folder() { # PATH OWNED_BY_POSTGRES
  mkdir -p "$1"
  chmod 700 "$1"
  if ((EUID == 0)) && [[ -n ${2:-} ]]; then chown postgres:postgres "$1"; fi
}

postgres_answers() { "$pg_bin/pg_isready" -q -h "$home/socket" -U rung -d postgres; }
redis_answers() { [[ $(redis-cli -s "$redis_socket" ping 2>/dev/null) == PONG ]]; }
# A process is known by its working folder: its id may have gone to a stranger since the pid file was written.
redis_lives() { [[ /proc/$(cat "$home/redis/redis.pid" 2>/dev/null)/cwd -ef $home/redis ]]; }
redis_gone() { ! redis_lives; }
postgres_lives() {
  local postmaster
  postmaster=$(head -n 1 "$home/pg/postmaster.pid" 2>/dev/null)
  [[ -n $postmaster ]] && grep -qxF "$postmaster" <<<"$(postgres_pids)"
}
postgres_pids() {
  local folder process
  # Root in a container may not see other users' working folders; their owner may.
  while read -r folder; do
    process=${folder%/cwd}
    if [[ $(cat "$process/comm" 2>/dev/null) == postgres ]]; then echo "${process#/proc/}"; fi
  done < <(as_owner find -L /proc/[0-9]*/cwd -maxdepth 0 -samefile "$home/pg" 2>/dev/null)
}

wait_until() { # SECONDS COMMAND...
  local tries=$(($1 * 20))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

postgres_conf() { # SHARED_BUFFERS DURABLE
  cat <<CONF
listen_addresses = ''
unix_socket_directories = '$home/socket'
max_connections = 120
shared_buffers = $1
fsync = $2
full_page_writes = $2
synchronous_commit = on
wal_compression = lz4
max_wal_size = 4GB
checkpoint_timeout = 15min
autovacuum = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %d '
CONF
}

# Ends every backend too: a busy one outlives its postmaster and would keep a new one from starting.
kill_postgres() {
  local pids
  for _ in {1..100}; do
    mapfile -t pids < <(postgres_pids)
    if ((${#pids[@]} == 0)); then return; fi
    kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.05
  done
  fail "PostgreSQL can't be killed"
}

start_postgres() { # SHARED_BUFFERS DURABLE
  local log=$dir/postgres.log
  if postgres_answers; then return; fi
  make_folder "$home/socket" postgres
  make_folder "$home/pg" postgres
  if [[ ! -s $home/pg/PG_VERSION ]]; then
    (cd / && as_owner "$pg_bin/initdb" -D "$home/pg" -U rung --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
      --data-checksums) >"$log" 2>&1 </dev/null || fail "initdb failed" "$log"
  fi
  postgres_conf "$@" | as_owner tee "$home/pg/postgresql.conf" >/dev/null
  local tries=3
  until postgres_answers; do
    if ! postgres_lives; then
      ((tries-- > 0)) || fail "PostgreSQL didn't start" "$log"
      kill_postgres
      # Nobody holds these any more, but a zombie or a stranger with the same id would make them count.
      rm -f "$home/pg/postmaster.pid" "$home/socket/.s.PGSQL.5432.lock"
      # The log is opened here because the postgres user may be unable to reach it.
      (cd / && as_owner "$pg_bin/pg_ctl" -D "$home/pg" -s -w -t 300 start) >>"$log" 2>&1 </dev/null || true
    fi
    sleep 0.05
  done
}

start_redis() {
  if redis_answers; then return; fi
  make_folder "$home/redis"
  redis-server --port 0 --unixsocket "$redis_socket" --unixsocketperm 700 --save "" --appendonly no \
    --maxmemory-policy noeviction --daemonize yes --pidfile "$home/redis/redis.pid" --dir "$home/redis" \
    --logfile "$dir/redis.log" >/dev/null 2>&1 </dev/null || fail "Redis didn't start" "$dir/redis.log"
  wait_until 10 redis_answers || fail "Redis doesn't answer" "$dir/redis.log"
}

start_both() {
  local shared_buffers=512MB durable=on
  case ${1:-} in
    "") ;;
    --fast) shared_buffers=128MB ;;
    --scratch) shared_buffers=128MB durable=off ;;
    *) usage ;;
  esac
  if [[ ! -x $pg_bin/postgres ]] || ! command -v redis-server >/dev/null; then fail "run deploy/install.sh first"; fi
  make_home
  start_postgres "$shared_buffers" "$durable"
  start_redis
}

stop_both() {
  if postgres_lives; then
    (cd / && as_owner "$pg_bin/pg_ctl" -D "$home/pg" -s -w -t 300 -m fast stop) || fail "PostgreSQL doesn't stop"
  fi
  kill_postgres
  if redis_lives; then
    redis-cli -s "$redis_socket" shutdown nosave >/dev/null 2>&1 || true
    wait_until 10 redis_gone || fail "Redis doesn't stop"
  fi
}

status() {
  local code=0 postgres=running redis=running
  postgres_answers || { postgres=stopped code=3; }
  redis_answers || { redis=stopped code=3; }
  echo "PostgreSQL: $postgres ($home/socket)"
  echo "Redis: $redis ($redis_socket)"
  return "$code"
}

command=${1:-} dir=${2:-}
[[ -n $dir ]] || usage
[[ $command == start ]] && mkdir -p "$dir"
dir=$(readlink -m "$dir")
pg_bin=${RUNG_PG_BIN:-/usr/lib/postgresql/15/bin}
choose_home
redis_socket=$home/redis/redis.sock

case $command in
  start) start_both "${3:-}" ;;
  crash) kill_postgres ;;
  stop) stop_both ;;
  destroy)
    stop_both
    rm -rf "$home"/{pg,redis,socket} "$dir"/{postgres,redis}.log
    if [[ $home != "$dir" ]]; then rm -rf "$home" "$dir"/{pg,redis,socket}; fi
    ;;
  status) status ;;
  env)
    echo "export RUNG_POSTGRES=\"host=$home/socket user=rung dbname=rung\""
    echo "export RUNG_REDIS=\"unix:$redis_socket\""
    ;;
  *) usage ;;
esac
