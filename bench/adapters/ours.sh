#!/bin/bash
# Holdfast under a bench runner. OURS_BIN chooses the command; else this project's bundle (npm run build).
# The vault opens with a key file, so no key is derived when it starts: the runners' tables say so.
# Operations and their arguments: bench/README.md, "Adapters".
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ -n "${OURS_BIN:-}" ]; then
  holdfast=($OURS_BIN)
else
  holdfast=("$project/node_modules/.bin/node" "$project/dist/holdfast.js")
fi
# As the launcher of an installed package does: compiled code is kept between starts.
export NODE_COMPILE_CACHE=$CACHE/cache/holdfast
export XDG_CACHE_HOME=$CACHE/cache XDG_CONFIG_HOME=$CACHE/config XDG_STATE_HOME=$CACHE/state
at=(--vault "$REPO" --key-file "$CACHE/bench.key")
op=$1; shift
case $op in
  version)      "${holdfast[@]}" --version;;
  init)         exec "${holdfast[@]}" init "${at[@]}";;
  backup)       exec "${holdfast[@]}" backup "$2" --tag "$1" --retain 0d "${at[@]}";;
  restore)      exec "${holdfast[@]}" restore "tag:$1" --target "$2" "${at[@]}";;
  root)         echo "$1";;
  restore_file) exec "${holdfast[@]}" restore "tag:$1" "$2" --target "$3" "${at[@]}";;
  ls)           exec "${holdfast[@]}" ls "tag:$1" -l "${at[@]}";;
  find)         exec "${holdfast[@]}" find "$1" "${at[@]}";;
  check)        exec "${holdfast[@]}" verify "${at[@]}";;
  check_data)   exec "${holdfast[@]}" verify --read-data "${at[@]}";;
  prune)
    for tag in "$@"; do "${holdfast[@]}" expire --tag "$tag" "${at[@]}" || exit; done
    exec "${holdfast[@]}" gc "${at[@]}";;
  *) exit 77;;
esac
