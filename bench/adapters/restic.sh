#!/bin/bash
# restic with its defaults (AES-256-CTR + Poly1305, zstd "auto"). RESTIC_BIN chooses the binary.
# --no-scan: no counting of the tree beforehand, which only serves the progress display.
restic=${RESTIC_BIN:-restic}
export RESTIC_REPOSITORY=$REPO RESTIC_PASSWORD=$BENCH_PASS RESTIC_CACHE_DIR=$CACHE
op=$1; shift
id_of() { "$restic" snapshots --no-lock --json --tag "$1" | grep -o '"short_id":"[^"]*"' | cut -d'"' -f4; }
case $op in
  version)      "$restic" version;;
  init)         exec "$restic" init -q;;
  backup)       cd "$2" && exec "$restic" backup -q --no-scan --tag "$1" .;;
  restore)      exec "$restic" restore -q latest --tag "$1" --target "$2";;
  root)         echo "$1";;
  restore_file) exec "$restic" restore -q latest --tag "$1" --target "$3" --include "/$2";;
  ls)           exec "$restic" ls -q -l latest --tag "$1";;
  find)         exec "$restic" find -q "$1";;
  check)        exec "$restic" check -q;;
  check_data)   exec "$restic" check -q --read-data;;
  prune)
    ids=(); for tag in "$@"; do ids+=("$(id_of "$tag")"); done
    exec "$restic" forget -q --prune "${ids[@]}";;
  *) exit 77;;
esac
