#!/usr/bin/env bash
# Installs what building, testing and the demo need on Debian 12. A second run finds nothing missing and needs no network.
set -euo pipefail
export LC_ALL=C.UTF-8

packages=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates curl procps tzdata
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libabsl-dev
  libhiredis-dev libpqxx-dev libpq-dev libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev
  libsodium-dev prometheus-cpp-dev libcsv-dev zlib1g-dev
  libnlopt-dev libboost-dev libeigen3-dev
  libgtest-dev libgmock-dev librapidcheck-dev python3
  postgresql postgresql-client redis-server sqitch libdbd-pg-perl
)

policy=/usr/sbin/policy-rc.d
cluster_dir=/etc/postgresql-common/createcluster.d
cluster_conf=$cluster_dir/rung-install.conf

# Which of the given packages are installed, one a line.
installed() {
  dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p'
}

# Our servers are private (servers.sh). The packages would also create a cluster and start services on the standard
# ports; both are held back while they unpack, and what holds them back is removed again.
hold_services() {
  trap release_services EXIT
  if [[ ! -e $policy ]]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  if [[ -z $(installed postgresql-15) ]]; then
    [[ -d $cluster_dir ]] || made_cluster_dir=yes
    mkdir -p "$cluster_dir"
    echo "create_main_cluster = false" >"$cluster_conf"
  fi
}

release_services() {
  rm -f "$log"
  rm -f "$cluster_conf"
  if [[ -n ${made_policy:-} ]]; then rm -f "$policy"; fi
  if [[ -n ${made_cluster_dir:-} ]]; then rmdir --ignore-fail-on-non-empty "$cluster_dir"; fi
}

mapfile -t missing < <(comm -23 <(printf '%s\n' "${packages[@]}" | sort) <(installed "${packages[@]}" | sort))
if ((${#missing[@]} == 0)); then exit 0; fi

if ((EUID != 0)); then
  command -v sudo >/dev/null || { echo "install.sh: run it as root: sudo is missing" >&2; exit 1; }
  exec sudo -- "$(readlink -f "$0")" "$@"
fi

echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)

apt() {
  # A fresh cloud machine runs its own upgrades at boot: wait for their lock.
  if ! apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
}

hold_services
apt update
apt install --no-install-recommends "${missing[@]}"
if [[ " ${missing[*]} " == *" redis-server "* ]] && command -v systemctl >/dev/null; then
  systemctl disable --quiet redis-server 2>/dev/null || true # or it would start at the next boot
fi
