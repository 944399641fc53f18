#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whether what Windows shares with Linux knows no POSIX header: checks the syntax of all of shared/ but the Linux
# and TUN parts of shared/tunnel with MinGW. Exits with 77, "skipped", where there is no MinGW.
set -eu
source=${1:?usage: windows-compile.sh SOURCE-DIRECTORY [QT-HEADERS]}
qt=${2:-/usr/include/$(uname -m)-linux-gnu/qt6}
compiler=x86_64-w64-mingw32-g++-posix
if ! command -v "$compiler" >/dev/null; then
    echo "skipped: $compiler is not installed (package g++-mingw-w64-x86-64-posix)"
    exit 77
fi

# Of the host's headers only those of Qt and of tl::expected may be seen.
borrowed=$(mktemp -d)
trap 'rm -rf "$borrowed"' EXIT
ln -s /usr/include/tl "$borrowed/tl"

cd "$source"
failed=0
for file in shared/*/*.cpp; do
    case $file in
    shared/tunnel/Linux* | shared/tunnel/Tun*) continue ;;
    esac
    "$compiler" -std=c++20 -fsyntax-only -DQT_NO_CAST_FROM_ASCII -DQT_NO_KEYWORDS -DQT_NO_FOREACH \
        -I. -I"$borrowed" -isystem "$qt" -isystem "$qt/QtCore" -isystem "$qt/QtNetwork" "$file" ||
        { echo "does not compile for Windows: $file" >&2; failed=1; }
done
exit $failed
