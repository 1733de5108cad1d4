#!/bin/bash
# The yardstick: tar | zstd -3 on two threads | AES-256-CTR. One stream, no deduplication, no index.
set -o pipefail
cipher=(openssl enc -aes-256-ctr -pbkdf2 -pass env:BENCH_PASS)
op=$1; shift
case $op in
  version) tar --version | head -n 1;;
  init)    :;;
  backup)  tar -C "$2" -c --xattrs --acls . | zstd -q -3 -T2 | "${cipher[@]}" > "$REPO/$1";;
  restore) "${cipher[@]}" -d < "$REPO/$1" | zstd -q -d | tar -C "$2" -x --xattrs --xattrs-include='*' --acls;;
  root)    echo "$1";;
  *) exit 77;;
esac
