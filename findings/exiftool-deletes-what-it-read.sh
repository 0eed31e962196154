#!/usr/bin/env bash
# exiftool -overwrite_original with -o deletes the photo that it only had to read.
#
# Tool:    libimage-exiftool-perl 12.57+dfsg-1 (Debian 12)
# Expect:  -o names another file to be written, and -overwrite_original keeps exiftool from leaving "_original" files about.
#          Together: the new file is written, the photo stays as it is. At worst one of them has no effect.
# Instead: The photo is deleted once the new file is written. The manual says so under both options; exiftool itself
#          says "1 image files updated" and nothing of a deletion. With -overwrite_original_in_place the same is refused.
# Matters: Many have -overwrite_original in every command. The one that takes the metadata off a copy for others, -all= with -o,
#          leaves that copy as the only one: date, place and maker notes are lost.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' "$@"; }

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > made.jpg
exiftool -q -overwrite_original -DateTimeOriginal='2024:05:06 07:08:09' made.jpg
publish() { # OPTION...: what is left of photo.jpg and of a copy without metadata
    rm -rf photos
    mkdir photos
    cp made.jpg photos/photo.jpg
    code=0
    exiftool "$@" -all= -o photos/public.jpg photos/photo.jpg > told 2>&1 || code=$?
    (cd photos && echo *)
}
saw "-o alone: files afterwards" "$(publish)" 'photo.jpg public.jpg'
publish -overwrite_original > left
saw "with -overwrite_original" "$(cat left)" 'public.jpg'
saw "  exit code, and what it said" "$code $(xargs < told)" '0 1 image files updated'
saw "  the date in what is left" "$(exiftool -s3 -DateTimeOriginal photos/public.jpg)" ''
publish -overwrite_original_in_place > left
saw "with -overwrite_original_in_place" "$(cat left)" 'photo.jpg'
