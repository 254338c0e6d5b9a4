#!/bin/sh
# Installs llava: the one recipe, for a machine, for an image (deploy/Dockerfile) and for a test (deploy/dev/check-install).
#
#   deploy/install.sh                    builds, and installs below /usr/local
#   deploy/install.sh --from DIR         installs programs that were built before, into DIR, by --build DIR
#   deploy/install.sh --build DIR        only builds: four programs with Swift's runtime inside
#
#   --prefix DIR     below DIR and not /usr/local
#   --destdir DIR    as if DIR were /, for packages
#   --packages       installs the Debian packages that the programs need (deploy/runtime-packages.txt) first
#   --service        also: user `llava`, /etc/llava/*.yaml where there are none, and systemd units (started by nobody)
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
programs='llava llava-gateway llava-vision llava-decoder'

fail() {
  echo "install: $1" >&2
  exit 1
}

prefix=/usr/local destdir='' from='' build='' packages='' service=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --destdir | --from | --build)
      [ $# -ge 2 ] || fail "$1: expected a directory"
      eval "${1#--}=\$2"
      shift
      ;;
    --packages | --service) eval "${1#--}=yes" ;;
    --help) sed -n 's/^# \{0,1\}//p' "$0" | sed '1d' && exit ;;
    *) fail "unknown '$1'; see --help" ;;
  esac
  shift
done
case $prefix in /*) ;; *) fail "--prefix: expected an absolute path, found '$prefix'" ;; esac

# Swift's own libraries go into the programs, so that where they run there need be no Swift.
build_into() {
  command -v swift >/dev/null || fail 'no swift in PATH, and no --from DIR with built programs'
  set -- "$1" --package-path "$root" --scratch-path "$root/.build-install" -c release --static-swift-stdlib
  target=$1
  shift
  mkdir -p "$target"
  for program in $programs; do swift build "$@" --product "$program" >&2 || fail "$program could not be built"; done
  bin=$(swift build "$@" --show-bin-path)
  for program in $programs; do install -m 755 -s "$bin/$program" "$target/$program"; done
}

if [ -n "$build" ]; then
  build_into "$build"
  echo "install: built into $build"
  exit
fi
if [ -z "$from" ]; then
  from=$root/.build-install/programs
  build_into "$from"
fi
for program in $programs; do [ -x "$from/$program" ] || fail "--from: expected a program at $from/$program"; done

if [ -n "$packages" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update >/dev/null || fail 'apt-get update failed; is there a network?'
  # shellcheck disable=SC2046
  apt-get -q -y --no-install-recommends install $(sed 's/#.*//' "$here/runtime-packages.txt") >/dev/null \
    || fail 'apt-get could not install what is in deploy/runtime-packages.txt'
fi

base=$destdir$prefix
for program in $programs; do install -D -m 755 "$from/$program" "$base/bin/$program"; done

# What the programs look for beside themselves: the demonstration models, and what `llava doctor` compares with.
share=$base/share/llava
folders() { (cd "$here" && find models/demo models/demo-hd golden -type d ! -name eval ! -path '*/eval/*'); }
for folder in $(folders); do
  install -d -m 755 "$share/$folder"
  find "$here/$folder" -maxdepth 1 -type f ! -name '*.py' -exec install -m 644 -t "$share/$folder" {} +
done
install -d -m 755 "$share/config"
install -m 644 -t "$share/config" "$here"/config/*.yaml
install -m 644 -t "$share" "$here/RUNBOOK.md"

if [ -n "$service" ]; then
  if [ -z "$destdir" ] && ! getent passwd llava >/dev/null; then
    command -v useradd >/dev/null || fail 'no useradd; make a user llava with a group of its own, without a shell'
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin llava
  fi
  install -d -m 755 "$destdir/etc/llava"
  for file in "$here"/config/*.yaml; do
    name=$(basename "$file")
    # What somebody has written is not written over.
    [ -e "$destdir/etc/llava/$name" ] || install -m 644 "$file" "$destdir/etc/llava/$name"
  done
  install -d -m 755 "$destdir/etc/systemd/system"
  for file in "$here"/systemd/*.service; do
    sed "s|/usr/local/|$prefix/|" "$file" >"$destdir/etc/systemd/system/$(basename "$file")"
  done
fi
echo "install: $base/bin/llava, and what comes with it in $share${service:+; next: systemctl enable --now llava-vision@1 llava-decoder llava-gateway}"
