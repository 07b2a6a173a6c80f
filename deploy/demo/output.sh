# shellcheck shell=bash disable=SC2154 # demo.sh sets bin
# How the demo speaks.

bold='' dim='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi

heading() { printf '\n%s== %s ==%s\n' "$bold" "$1" "$plain"; }
say() { printf '%s\n' "$@"; }

fail() { # MESSAGE [EXIT_CODE]
  echo "demo.sh: $1" >&2
  exit "${2:-1}"
}

# What a command prints is shown only when it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || fail "$* failed:"$'\n'"$output"
}

# As the shell would take it, quoted only where it must be.
quoted() {
  local word
  for word in "$@"; do
    if [[ -z $word || $word == *[!A-Za-z0-9_./,:=@%+-]* ]]; then word=${word@Q}; fi
    printf ' %s' "$word"
  done
}

# Shows the call, then makes it. RUNG_SERVER says where it goes.
call() {
  printf '%s$ rungctl%s%s\n' "$dim" "$(quoted "$@")" "$plain"
  "$bin/rungctl" "$@"
}
