#!/usr/bin/env bash
# BusyBox, the tools of many a network disk, dates photos of 1965 at 1970 in a tar, and cuts all times to whole seconds.
#
# Tools:   busybox-static 1:1.35.0-4+deb12u1+b1 (Debian 12); GNU tar, cp and mv are the second opinion
# Expect:  tar, cp -p and mv keep the time of a file, or say that they cannot, as GNU's do.
# Instead: `tar -c` stores a time before 1970 as 1970-01-01 00:00:00. `tar -x` reads 1965 out of a tar in GNU's format, but out of one
#          in the POSIX format, which other programs write by default, it makes 1970. cp -p and, from one disk to another,
#          mv drop the fraction of the second. No warning, exit code 0.
# Matters: Network disks are restored and moved by these. Scans lose their dates; all other photos have another time than before, so
#          a sync that compares times takes each for changed.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
other=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work" "$other"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack busybox-static=1:1.35.0-4+deb12u1+b1
export TZ=UTC
gnu() { "$@"; }
box() { debian/bin/busybox "$@"; }
times() { for file in scan phone; do date -d "@$(stat -c %.9Y "$1/$file.jpg")" '+%F %T.%N' | sed -E "s/[.]0+$//"; done | paste -sd ';'; }

[ "$(stat -c %d "$work")" != "$(stat -c %d "$other")" ] || { echo "the folder for temporary files is in memory: set TMPDIR" >&2; exit 2; }
mkdir album
echo scan > album/scan.jpg
touch -d '1965-03-04 05:06:07' album/scan.jpg
echo phone > album/phone.jpg
touch -d '2024-05-06 07:08:09.123456789' album/phone.jpg
BOTH='1965-03-04 05:06:07;2024-05-06 07:08:09.123456789'
saw "scan and phone" "$(times album)" "$BOTH"

quietly() { # COMMAND...: it has to succeed without a word
    "$@" > said 2>&1 || { echo "CHANGED: it failed: $(cat said)" >&2; exit 1; }
    [ ! -s said ] || { echo "CHANGED: it says $(cat said)" >&2; exit 1; }
}
through() { # PACKER UNPACKER FORMAT, and the times that come out
    rm -rf out
    mkdir out
    case $1 in box) quietly box tar -cf photos.tar album ;; gnu) tar "--format=$3" -cf photos.tar album ;; esac
    case $2 in box) quietly box tar -xf photos.tar -C out ;; gnu) tar -xf photos.tar -C out 2> said ;; esac
    saw "tar, $3: packed by $1, unpacked by $2" "$(times out/album)" "$4"
}
through gnu gnu posix "$BOTH"
through box box own '1970-01-01 00:00:00;2024-05-06 07:08:09'
through box gnu own '1970-01-01 00:00:00;2024-05-06 07:08:09'
through gnu box gnu '1965-03-04 05:06:07;2024-05-06 07:08:09'
through gnu box posix '1970-01-01 00:00:00;2024-05-06 07:08:09'
for tools in gnu box; do
    case $tools in gnu) kept=$BOTH ;; box) kept='1965-03-04 05:06:07;2024-05-06 07:08:09' ;; esac
    rm -rf copy "$other/album"
    quietly "$tools" cp -rp album copy
    saw "cp -rp of $tools" "$(times copy)" "$kept"
    gnu cp -rp album copy-of-gnu
    quietly "$tools" mv copy-of-gnu "$other/album"
    saw "mv of $tools to another disk" "$(times "$other/album")" "$kept"
done
