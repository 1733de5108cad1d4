#!/bin/bash
# Holdfast through its server: `init` starts a server and AGENTS agents (1), and protects the source; they run until `end`.
# A command is one call of the API, and lasts until its jobs are over. OURS_BIN chooses the program as in ours.sh.
# Needs root: the local policy of an agent belongs to root. Several agents divide the source; they restore nothing.
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
node=$project/node_modules/.bin/node
agents=${AGENTS:-1}
# As the launcher of an installed package does: compiled code is kept between starts.
export NODE_COMPILE_CACHE=$CACHE/compiled
# The keeper answers with one line.
ask() {
  local answer
  exec 3<> "/dev/tcp/127.0.0.1/$(< "$CACHE/port")" || exit 1
  (IFS=$'\t'; printf '%s\n' "$*" >&3)
  read -r answer <&3
  echo "$answer"
  [[ $answer == ok* ]] || { echo "${answer:-the server has gone}" >&2; exit 1; }
}
op=$1; shift
case $op in
  version)
    if [ -n "${OURS_BIN:-}" ]; then $OURS_BIN --version; else "$node" "$project/dist/holdfast.js" --version; fi;;
  init)
    setsid "$node" "$project/bench/through-server/keeper.ts" "$agents" < /dev/null &> "$CACHE/keeper.log" &
    echo $! > "$CACHE/keeper"
    until [ -e "$CACHE/port" ]; do
      kill -0 $! 2> /dev/null || { cat "$CACHE/keeper.log" >&2; exit 1; }
      sleep 0.05
    done;;
  # Parts are copies of the first state.
  backup)       [ "$agents" = 1 ] || [ "$1" != three ] || exit 77; ask backup "$1";;
  restore)      [ "$agents" = 1 ] || exit 77; ask restore "$1" "$2";;
  root)         echo "$1";;
  end)
    keeper=$(< "$CACHE/keeper")
    kill "$keeper" 2> /dev/null
    while kill -0 "$keeper" 2> /dev/null; do sleep 0.05; done;;
  *) exit 77;;
esac
