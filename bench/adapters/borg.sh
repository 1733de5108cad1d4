#!/bin/bash
# borg 1.x with zstd level 3 and its authenticated encryption. BORG_BIN chooses the command.
borg=${BORG_BIN:-borg}
export BORG_PASSPHRASE=$BENCH_PASS BORG_BASE_DIR=$CACHE
op=$1; shift
case $op in
  version)      "$borg" --version;;
  init)         exec "$borg" init --encryption repokey "$REPO";;
  backup)       cd "$2" && exec "$borg" create --compression zstd,3 "$REPO::$1" .;;
  restore)      cd "$2" && exec "$borg" extract "$REPO::$1";;
  root)         echo "$1";;
  restore_file) cd "$3" && exec "$borg" extract "$REPO::$1" "$2";;
  ls)           exec "$borg" list "$REPO::$1";;
  find)         for name in $("$borg" list --short "$REPO"); do "$borg" list "$REPO::$name" "sh:**/$1"; done;;
  check)        exec "$borg" check "$REPO";;
  check_data)   exec "$borg" check --verify-data "$REPO";;
  prune)        "$borg" delete "$REPO" "$@" && exec "$borg" compact "$REPO";;
  *) exit 77;;
esac
