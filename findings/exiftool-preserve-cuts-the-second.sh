#!/usr/bin/env bash
# exiftool's -P keeps the time of a file only to the whole second.
#
# Tool:    libimage-exiftool-perl 12.57+dfsg-1 (Debian 12)
# Expect:  "Preserve file modification date/time": after a tag was written with -P the file has the modification time that
#          it had, as after `touch -r`.
# Instead: The fraction of the second is gone: 09.987 becomes 09.000, so the file is older than it was.
# Matters: Who remembers times to the nanosecond (git, restic, Syncthing) sees another time, also for photos
#          whose owner asked for the old one. And a photo that was written within the same second as another is now before it.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q "$@"; }

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > photo.jpg
for how in -overwrite_original -overwrite_original_in_place; do
    touch -d '2024-05-06 07:08:09.987654321 UTC' photo.jpg
    saw "before" "$(TZ=UTC stat -c %y photo.jpg)" '2024-05-06 07:08:09.987654321 +0000'
    exiftool -P "$how" -Rating=4 photo.jpg
    saw "after -P $how" "$(TZ=UTC stat -c %y photo.jpg)" '2024-05-06 07:08:09.000000000 +0000'
done

cp photo.jpg other.jpg
touch -d '2024-05-06 07:08:09.987654321 UTC' photo.jpg
touch -r photo.jpg other.jpg
saw "after touch -r, for comparison" "$(TZ=UTC stat -c %y other.jpg)" '2024-05-06 07:08:09.987654321 +0000'
