# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What ./run and ./check share: packages, configuration, building. Sourced, in the root of the project.

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# sudo_run COMMAND...: as root; says so when that takes sudo.
sudo_run() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        printf 'This needs root: sudo %s\n' "$*" >&2
        sudo "$@"
    else
        die "This needs root, and sudo is not installed. As root, run: $*"
    fi
}

# packages_of SECTION...: the names in those sections of packages.txt.
packages_of() {
    local section
    for section in "$@"; do
        sed -n "/^\[$section\]/,/^\[/p" packages.txt | sed 's/#.*//; /^\[/d; s/[[:space:]]//g; /^$/d'
    done
}

missing_packages() {
    local wanted
    wanted=$(packages_of "$@")
    # What dpkg-query knows as installed is taken off the list of what is wanted.
    # shellcheck disable=SC2086
    comm -23 <(sort <<<"$wanted") \
        <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort)
}

# need_packages SECTION...: installs what is missing; quick when nothing is.
need_packages() {
    local missing
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "Missing packages, and this is no Debian: $missing"
    say "Installing $(wc -w <<<"$missing") packages"
    sudo_run apt-get update -q
    # shellcheck disable=SC2086
    sudo_run env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || die "These packages could not be installed: $missing"
}

# build_directory PRESET
build_directory() { if [ "$1" = dev ]; then echo build; else echo "build-$1"; fi; }

# configure PRESET: once; CMake itself notices later changes.
configure() {
    [ ! -f "$(build_directory "$1")/build.ninja" ] || return 0
    local launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    cmake --preset "$1" "${launcher[@]}"
}

# build PRESET [TARGET...]
build() {
    local preset=$1 targets=()
    shift
    [ $# = 0 ] || targets=(--target "$@")
    # What one checkout has compiled, another need not.
    export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
    configure "$preset" && cmake --build "$(build_directory "$preset")" --parallel "$(nproc)" "${targets[@]}"
}
