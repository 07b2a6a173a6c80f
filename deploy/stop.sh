#!/usr/bin/env bash
# Stops what runs from DIR: the suite's processes (DIR/*.pid), then the private servers.
# usage: stop.sh DIR
set -euo pipefail

dir=${1:?usage: stop.sh DIR}
drain_seconds=30

# A process id may have gone to a stranger since the file was written.
lives() { [[ $(cat "/proc/$1/comm" 2>/dev/null) == rung* ]]; }

pids=()
for file in "$dir"/*.pid; do
  if [[ -f $file ]]; then
    pid=$(<"$file")
    if lives "$pid" && kill "$pid"; then pids+=("$pid"); fi
    rm -f "$file"
  fi
done

deadline=$((SECONDS + drain_seconds))
for pid in "${pids[@]}"; do
  while lives "$pid" && ((SECONDS < deadline)); do sleep 0.1; done
  if lives "$pid"; then
    echo "stop.sh: process $pid hasn't drained in ${drain_seconds} s: killed" >&2
    kill -KILL "$pid" || true
  fi
done

exec "$(dirname "$(readlink -f "$0")")/servers.sh" stop "$dir"
