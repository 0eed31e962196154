#!/usr/bin/env bash
# rsync --remove-source-files removes a photo that it did not copy.
#
# Tool:    rsync 3.5.0+ds1-0+deb12u1 (Debian 12)
# Expect:  Only what was "successfully duplicated on the receiving side" is removed from the source. A name that is taken
#          there by other bytes is copied over it, or kept back.
# Instead: Where size and whole second are equal, nothing is copied, and yet the source is removed: its bytes are nowhere
#          any more. With --ignore-existing the source stays, with --checksum it is copied first: only the quick check loses it.
# Matters: A photo that was rated in place keeps size and time (exiftool -P): moved this way to where its older state lies, it
#          takes the rating with it into nothing. So does a raw file of fixed size, of a second camera in the same second.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack rsync=3.5.0+ds1-0+deb12u1
rsync() { LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/rsync "$@"; }

two_of_one_name() {
    rm -rf card folder
    mkdir card folder
    echo 'the new frame' > card/RAW_0001.DNG
    echo 'the old frame' > folder/RAW_0001.DNG
    touch -d '2024-05-06 07:08:09.2' card/RAW_0001.DNG
    touch -d '2024-05-06 07:08:09.7' folder/RAW_0001.DNG
}
there() { find card folder -type f -exec grep -l "$1" {} +  || true; }

two_of_one_name
rsync -a --remove-source-files card/ folder/
saw "after the quick check, the new frame is in" "$(there new)" ''
saw "  and the old frame in" "$(there old)" folder/RAW_0001.DNG

two_of_one_name
rsync -a --remove-source-files --ignore-existing card/ folder/
saw "with --ignore-existing, the new frame is in" "$(there new)" card/RAW_0001.DNG

two_of_one_name
rsync -a --remove-source-files --checksum card/ folder/
saw "with --checksum, the new frame is in" "$(there new)" folder/RAW_0001.DNG
saw "  and the old frame in" "$(there old)" ''
