#!/bin/bash
# Installs the Debian packages the interop checks need: SyncEvolution, the WBXML
# tools, and what runs them. Installs only what is missing.
# Exit status: 0 all there, 77 they cannot be had here (the reason is printed).
set -uo pipefail

packages=(
    syncevolution syncevolution-http syncevolution-dbus syncevolution-libs
    libwbxml2-utils dbus python3 python3-dbus python3-gi python3-twisted
    python3-openssl gcc libc6-dev
)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "install: this is no Debian, and SyncEvolution 2.0.0 is taken from Debian packages"
    exit 77
fi
missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
        echo "install: not root and no sudo; missing: ${missing[*]}"
        exit 77
    fi
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    timeout 600 "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}
# The lists of a fresh image are empty or stale, so a first failure means little.
if apt install -y -qq --no-install-recommends "${missing[@]}" ||
    { apt update -qq && apt install -y -qq --no-install-recommends "${missing[@]}"; }; then
    echo "install: installed ${missing[*]}"
    exit 0
fi
tail -n 15 "$log"
echo "install: apt-get could not install ${missing[*]}"
exit 77
