#!/bin/sh
# Installs the Holdfast agent on this machine and connects it to its server. Safe to run again: it then brings the program
# up to date and leaves the machine's identity alone. It holds no secret: the code that activates a machine is given to it.
#
#   sh install.sh [--code CODE | --code-file FILE] [--build-file FILE]
#
#   --code CODE        the activation code: for one use, within 15 minutes
#   --code-file FILE   reads it from a file; - is the input, so that no list of processes shows it
#   --build-file FILE  does not download the program but takes this file (it is checked all the same)
#
# Proxies: https_proxy and no_proxy are respected, and kept for the agent. HOLDFAST_ROOT=FOLDER installs into an image of
# a machine instead; nothing is started then.
#
# All of it is inside functions, and the end calls them: a download that was cut off runs nothing.
set -eu

address='@ADDRESS@'
# Of the server's certificate; empty: any that this machine trusts.
fingerprint='@FINGERPRINT@'
# The key of that certificate, as curl and wget know it.
pin='@PIN@'
version='@VERSION@'
sha256_x86_64='@SHA256_X86_64@'
sha256_arm64='@SHA256_ARM64@'
needed_mib=400

main() {
  root=${HOLDFAST_ROOT:-}
  lib=$root/usr/local/lib/holdfast
  program=$lib/holdfast
  config=$root/etc/holdfast
  code=
  code_file=
  build_file=
  read_options "$@"
  check_system
  work=
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  read_code
  install_program
  install_config
  install_service
  list_installed
  activate
  start_service
}

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --code | --code-file | --build-file)
        [ $# -ge 2 ] || refuse "$1 needs a value."
        case $1 in
          --code) code=$2 ;;
          --code-file) code_file=$2 ;;
          --build-file) build_file=$2 ;;
        esac
        shift 2
        ;;
      *) refuse "The option $1 is unknown. Known are --code, --code-file and --build-file." ;;
    esac
  done
}

check_system() {
  [ "$(uname -s)" = Linux ] || refuse "Holdfast protects Linux; this is $(uname -s)."
  case $(uname -m) in
    x86_64 | amd64) build=linux-x86-64 sha256=$sha256_x86_64 ;;
    aarch64 | arm64) build=linux-arm64 sha256=$sha256_arm64 ;;
    i?86 | arm* | mips | mipsel | ppc | s390) refuse_32_bit ;;
    *) refuse "There is no build of Holdfast for $(uname -m): it runs on x86-64 and 64-bit ARM." ;;
  esac
  # A 64-bit kernel may run a 32-bit system.
  if has getconf && [ "$(getconf LONG_BIT)" = 32 ]; then refuse_32_bit; fi
  check_libc
  [ -n "$sha256" ] || refuse "The server has no build for $(uname -m). Ask its administrator to add $build."
  for tool in gzip mktemp sed tr; do
    has "$tool" || refuse "The command $tool is missing. Install it, then run this again."
  done
  [ -n "$root" ] || [ "$(id -u)" = 0 ] || refuse "This must run as root: put sudo before sh."
}

check_libc() {
  libc=
  if has getconf; then libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=; fi
  if [ -z "$libc" ] && has ldd; then
    # musl's own prints its name and fails.
    case $(ldd --version 2>&1 || :) in
      *musl*) libc=musl ;;
      *GLIBC* | *"GNU libc"*) libc='glibc 2.28' ;; # its number cannot be had: the trial run decides
    esac
  fi
  case $libc in
    glibc\ *) ;;
    *) refuse "Holdfast needs the GNU C library (glibc 2.28 or newer); this system has another one, such as musl." ;;
  esac
  libc_minor=${libc#glibc 2.}
  libc_minor=${libc_minor%%[!0-9]*}
  [ "${libc_minor:-28}" -ge 28 ] || refuse "Holdfast needs glibc 2.28 or newer; this system has ${libc#glibc }. Newer systems have it: Debian 10, Ubuntu 20.04, RHEL 8, SLES 15 SP3."
}

refuse_32_bit() {
  refuse "This is a 32-bit system ($(uname -m)); Holdfast needs 64 bits."
}

read_code() {
  [ -n "$code_file" ] || return 0
  if [ "$code_file" = - ]; then
    IFS= read -r code || [ -n "$code" ] || refuse 'No activation code came on the input.'
  else
    [ -r "$code_file" ] || refuse "The file $code_file cannot be read."
    IFS= read -r code <"$code_file" || [ -n "$code" ] || refuse "The file $code_file holds no code."
  fi
}

install_program() {
  mkdir -p "$lib" "$root/usr/local/bin"
  free_mib=$(df -Pk "$lib" | sed -n '2{s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/;p;}')
  if [ -n "$free_mib" ] && [ $((free_mib / 1024)) -lt "$needed_mib" ]; then
    refuse "$lib has $((free_mib / 1024)) MiB of free space; $needed_mib MiB are needed."
  fi
  # Beside its place, so that taking it is one step, also under a running agent.
  work=$(mktemp -d "$lib/.install.XXXXXX")
  if [ -n "$build_file" ]; then
    cat "$build_file" >"$work/build.gz" || refuse "The file $build_file cannot be read."
  else
    say "Downloading Holdfast $version for $build from $address"
    download "$address/api/v1/client/$build" "$work/build.gz"
  fi
  found=$(digest "$work/build.gz")
  [ "$found" = "$sha256" ] ||
    refuse "The program is not what the server announced (sha256 $found instead of $sha256). Nothing was installed. Try again; if it stays so, somebody is changing it on its way."
  gzip -dc "$work/build.gz" >"$work/holdfast"
  chmod 755 "$work/holdfast"
  "$work/holdfast" version >/dev/null 2>"$work/trial" ||
    refuse "The program does not run here: $(tr '\n' ' ' <"$work/trial")"
  # Where SELinux rules, services run programs of this type only.
  if has selinuxenabled && selinuxenabled; then
    chcon -t bin_t "$work/holdfast" || say 'SELinux did not let the type of the program be set: the service may not start.'
  fi
  mv -f "$work/holdfast" "$program"
  # The link names the place on the machine, not the one in its image.
  ln -sf /usr/local/lib/holdfast/holdfast "$root/usr/local/bin/holdfast"
}

download() {
  if has curl; then
    if [ -n "$pin" ]; then
      # The pin says which server it is; -k only gives up the question who else vouches for it.
      curl -fsS --proto '=https' --retry 3 --connect-timeout 20 -k --pinnedpubkey "$pin" -o "$2" -- "$1" || download_failed
    else
      curl -fsS --proto '=https,http' --retry 3 --connect-timeout 20 -o "$2" -- "$1" || download_failed
    fi
  elif has wget; then
    if [ -n "$pin" ]; then
      case $(wget --help 2>&1) in
        *--pinnedpubkey*) ;;
        *) refuse 'This wget cannot check whether it speaks with the right server. Install curl, then run this again.' ;;
      esac
      wget -q --tries=3 --timeout=20 --no-check-certificate --pinnedpubkey="$pin" -O "$2" -- "$1" || download_failed
    else
      wget -q --tries=3 --timeout=20 -O "$2" -- "$1" || download_failed
    fi
  else
    refuse 'Neither curl nor wget is installed. Install one of them, then run this again.'
  fi
}

download_failed() {
  refuse "The program could not be downloaded from $address. Either it cannot be reached from here, or what answers is not the server that made this installer. If a proxy is needed, set https_proxy."
}

digest() {
  if has sha256sum; then
    sha256sum <"$1" | sed 's/ .*//'
  elif has openssl; then
    openssl dgst -sha256 -r <"$1" | sed 's/ .*//'
  else
    refuse 'Neither sha256sum nor openssl is installed, so the program cannot be checked.'
  fi
}

install_config() {
  mkdir -p "$config"
  # With this key the agent checks every later version of itself.
  cat >"$work/release-key.pem" <<'END'
@PUBLIC_KEY@
END
  chmod 644 "$work/release-key.pem"
  mv -f "$work/release-key.pem" "$config/release-key.pem"
  keep_proxy
}

keep_proxy() {
  proxy=${https_proxy:-${HTTPS_PROXY:-}}
  without=${no_proxy:-${NO_PROXY:-}}
  [ -n "$proxy" ] || return 0
  case $proxy$without in
    *[!A-Za-z0-9.:/@_%,*~+=\[\]-]*)
      say "The proxy is not kept for the agent: its address holds unusual characters. Write it into $config/agent.env."
      return 0
      ;;
  esac
  # It may hold a password.
  (
    umask 077
    printf 'HTTPS_PROXY=%s\nNO_PROXY=%s\n' "$proxy" "$without" >"$work/agent.env"
  )
  mv -f "$work/agent.env" "$config/agent.env"
}

install_service() {
  service=
  if [ -d /run/systemd/system ] || [ -d "$root/etc/systemd/system" ]; then
    service=systemd
    mkdir -p "$root/etc/systemd/system"
    write_unit >"$work/unit"
    put_service 644 "$root/etc/systemd/system/holdfast-agent.service"
    [ -n "$root" ] || systemctl daemon-reload
  elif [ -d "$root/etc/init.d" ] && [ -f "$root/lib/lsb/init-functions" ]; then
    service=init
    write_init_script >"$work/unit"
    put_service 755 "$root/etc/init.d/holdfast-agent"
  fi
}

put_service() {
  chmod "$1" "$work/unit"
  mv -f "$work/unit" "$2"
}

# What uninstalling removes: these and nothing else.
list_installed() {
  case $service in
    systemd) unit=', "/etc/systemd/system/holdfast-agent.service"' ;;
    init) unit=', "/etc/init.d/holdfast-agent"' ;;
    *) unit= ;;
  esac
  cat >"$work/installed.json" <<END
{
  "files": [
    "/usr/local/lib/holdfast/holdfast", "/usr/local/lib/holdfast/holdfast.previous",
    "/usr/local/lib/holdfast/holdfast.new", "/usr/local/bin/holdfast",
    "/etc/holdfast/release-key.pem", "/etc/holdfast/agent.env"$unit
  ],
  "directories": ["/usr/local/lib/holdfast", "/etc/holdfast"]
}
END
  chmod 644 "$work/installed.json"
  mv -f "$work/installed.json" "$lib/installed.json"
}

activate() {
  if [ -n "$code" ]; then
    printf '%s\n' "$code" | "$program" agent activate "$address" --code-file - ${fingerprint:+--fingerprint "$fingerprint"} ||
      refuse 'The machine could not be activated; the program is installed. Make a new code on the server and run this again.'
  elif ! "$program" agent status >/dev/null 2>&1; then
    say "Holdfast $version is installed and not activated yet. Make a code on the server, then:"
    say "  holdfast agent activate $address --code-file -${fingerprint:+ --fingerprint $fingerprint}"
  fi
}

start_service() {
  if [ -n "$root" ]; then
    say "Holdfast $version is installed in $root."
    return 0
  fi
  case $service in
    systemd)
      systemctl enable --quiet holdfast-agent.service
      systemctl restart holdfast-agent.service
      ;;
    init)
      if has update-rc.d; then
        update-rc.d holdfast-agent defaults >/dev/null
      elif has chkconfig; then
        chkconfig --add holdfast-agent
      fi
      /etc/init.d/holdfast-agent restart
      ;;
    *)
      say "Holdfast $version is installed. This system has neither systemd nor LSB init scripts: have it run"
      say '  /usr/local/lib/holdfast/holdfast agent run'
      say 'as root, from its start on, and again whenever it ends.'
      return 0
      ;;
  esac
  say "Holdfast $version is installed and running."
}

write_unit() {
  cat <<'END'
@UNIT@
END
}

write_init_script() {
  cat <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          holdfast-agent
# Required-Start:    $remote_fs $network
# Required-Stop:     $remote_fs $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Holdfast agent
### END INIT INFO
. /lib/lsb/init-functions
program=/usr/local/lib/holdfast/holdfast
pidfile=/run/holdfast-agent.pid
[ -r /etc/holdfast/agent.env ] && set -a && . /etc/holdfast/agent.env && set +a
case $1 in
  start) start-stop-daemon --start --background --make-pidfile --pidfile "$pidfile" --exec "$program" -- agent run ;;
  stop) start-stop-daemon --stop --oknodo --retry 30 --pidfile "$pidfile" --remove-pidfile ;;
  restart | force-reload) "$0" stop && "$0" start ;;
  status) status_of_proc -p "$pidfile" "$program" holdfast-agent ;;
  *) echo "usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
END
}

clean_up() {
  [ -z "$work" ] || rm -rf "$work"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

say() {
  printf '%s\n' "$*" >&2
}

refuse() {
  say "Holdfast: $*"
  exit 1
}

# Within braces: also a last line that was cut is none.
{
  main "$@"
}
