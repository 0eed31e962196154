#!/usr/bin/env bash
# exiftool -json writes some titles as numbers and as truth values.
#
# Tool:    libimage-exiftool-perl 12.57+dfsg-1 (Debian 12), read with jq 1.6-2.1+deb12u3
# Expect:  XMP's title, description and keywords are text, so they are strings in JSON, whatever they say.
# Instead: Each value that looks like a JSON number, or is the word true or false, is written without quotes. "1.10" is read as
#          the number 1.1, "2e3" as 2000, "true" as a truth value. Beside it "007" is a string, so one field changes its
#          type from photo to photo.
# Matters: A photo called 1.10, room 2e3 or true has another name after a program read this and wrote it elsewhere.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2 \
    jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 libonig5=6.9.8-1
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q "$@"; }
export LD_LIBRARY_PATH=$work/debian/usr/lib/x86_64-linux-gnu

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } | debian/usr/bin/cjpeg > photo.jpg
titled() { # TITLE, how exiftool writes it, what a reader of JSON makes of it
    exiftool -overwrite_original "-XMP-dc:Title=$1" photo.jpg
    saw "the title $1, as text" "$(exiftool -s3 -XMP-dc:Title photo.jpg)" "$1"
    exiftool -json -XMP-dc:Title photo.jpg > told.json
    saw "  in -json" "$(sed -n 's/^ *"Title": //p' told.json)" "$2"
    saw "  as it is read there" "$(debian/usr/bin/jq -r '.[0].Title | "\(type) \(.)"' told.json)" "$3"
}
titled 'Rome' '"Rome"' 'string Rome'
titled '007' '"007"' 'string 007'
titled '1.10' '1.10' 'number 1.1'
titled '2e3' '2e3' 'number 2000'
titled 'true' 'true' 'boolean true'
