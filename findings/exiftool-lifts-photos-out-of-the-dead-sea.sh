#!/usr/bin/env bash
# exiftool, told that a photo was taken 430 metres below the sea, writes 430 metres above it.
#
# Tools:   exiftool-vendored.pl 13.59.3 (npm), libimage-exiftool-perl 12.57+dfsg-1 and libjpeg-turbo-progs 1:2.1.5-2 (Debian 12)
# Expect:  -GPSAltitude=-430 is kept as it was said, as in the places of films (-GPSCoordinates), or is refused: EXIF and XMP have no
#          sign there, but a second tag, GPSAltitudeRef, which says above or below.
# Instead: The sign is dropped, the second tag is not written, "1 image files updated", and the photo is read as of 430 metres above the
#          sea. -GPSAltitude*=-430, with a star, writes both tags.
# Matters: Tracks (GPX) and the maps of photo services give heights with a sign. A program that hands it on moves all photos of
#          the Dead Sea, of polders and of divers to the other side of the water.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
npm install --silent --no-audit --no-fund --prefix . exiftool-vendored.pl@13.59.3
old() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' "$@"; }
new() { perl node_modules/exiftool-vendored.pl/bin/exiftool -config '' "$@"; }

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > made.jpg
writes() { # EXIFTOOL, what it is told, and how the height is read then, with the tag beside it
    cp made.jpg photo.jpg
    saw "$1 $2" "$("$1" -overwrite_original "$2" photo.jpg 2>&1 | xargs)" '1 image files updated'
    saw "  height" "$("$1" -s3 -Composite:GPSAltitude -XMP:GPSAltitude photo.jpg | sort -u)" "$3"
    saw "  GPSAltitudeRef" "$("$1" -s3 -GPSAltitudeRef photo.jpg)" "$4"
}
for exiftool in old new; do
    writes "$exiftool" -EXIF:GPSAltitude=-430 '' ''
    saw "  GPSAltitude" "$("$exiftool" -s3 -EXIF:GPSAltitude photo.jpg)" '430 m'
    writes "$exiftool" -XMP:GPSAltitude=-430 '430 m' ''
    writes "$exiftool" '-EXIF:GPSAltitude*=-430' '430 m Below Sea Level' 'Below Sea Level'
done
