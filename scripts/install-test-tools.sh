#!/usr/bin/env bash
# The tests compare with tools that are not ours. This installs those that are missing, where it can
# (Debian, as root), and says plainly what is missing otherwise. In CI a missing tool is a failure,
# because a test that needs it would prove nothing.
set -u

# Debian's own Python: another one, earlier in PATH, does not see Debian's modules.
missing_packages() {
  while read -r package check; do
    sh -c "$check" >/dev/null 2>&1 || echo "$package"
  done <<'END'
attr command -v getfattr
acl command -v getfacl
rsync command -v rsync
zstd command -v zstd
python3-cryptography /usr/bin/python3 -c 'import cryptography'
python3-zstandard /usr/bin/python3 -c 'import zstandard'
strace command -v strace
fuse3 command -v fusermount3
libcap2-bin PATH=$PATH:/sbin:/usr/sbin command -v setcap
tar command -v tar
time test -x /usr/bin/time
linux-libc-dev test -e /usr/include/asm-generic/unistd.h
e2fsprogs command -v lsattr
postgresql ls /usr/lib/postgresql/*/bin/initdb
openssh-server test -x /usr/sbin/sshd
openssh-client command -v ssh-keygen
systemd command -v systemd-analyze
shellcheck command -v shellcheck
dash command -v dash
curl command -v curl
wget command -v wget
unzip command -v unzip
util-linux command -v setpriv && command -v unshare
openssl command -v openssl
chromium test -x /usr/bin/chromium
END
}

install() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends "$@" >/dev/null 2>&1 </dev/null
}

missing=$(missing_packages)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # Unquoted on purpose: one word per package.
  # shellcheck disable=SC2086
  install $missing || { apt-get -qq update >/dev/null 2>&1; install $missing; } || {
    for package in $missing; do install "$package"; done # one that cannot be had must not stop the rest
  }
  missing=$(missing_packages)
  [ -n "$missing" ] || exit 0
fi

echo "Missing test tools (Debian package names): $(echo "$missing" | tr '\n' ' ')" >&2
echo "Tests that need them cannot run. As root: apt-get install -y $(echo "$missing" | tr '\n' ' ')" >&2
[ -z "${CI:-}" ]
