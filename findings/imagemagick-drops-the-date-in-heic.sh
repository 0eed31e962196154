#!/usr/bin/env bash
# ImageMagick keeps a photo's date in JPEG, PNG and WebP, and drops it in HEIC, AVIF and TIFF.
#
# Tools:   imagemagick-6.q16 8:6.9.11.60+dfsg-1.6+deb12u15; libimage-exiftool-perl 12.57+dfsg-1 reads (Debian 12)
# Expect:  convert takes the EXIF along, as it does from JPEG to JPEG; all these formats can hold it, and photographers choose
#          TIFF and HEIC rather than PNG.
# Instead: In HEIC, AVIF and TIFF there is no date and no camera afterwards; in HEIC and AVIF no orientation either, while the
#          pixels are not turned, so upright photos lie. Exit code 0, no warning.
# Matters: Who makes HEICs of JPEGs to save space has photos without dates, which sort under the day of the conversion.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

need() { # PACKAGE=VERSION, which has to be installed
    [ "$(dpkg-query -Wf '${Version}' "${1%%=*}" 2> /dev/null)" = "${1#*=}" ] ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" > /dev/null ||
        { echo "install it first, as the superuser: apt-get install $1" >&2; exit 2; }
}
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15
unpack libimage-exiftool-perl=12.57+dfsg-1
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' "$@"; }

convert-im6.q16 -size 640x480 xc:gray photo.jpg
exiftool -q -overwrite_original -DateTimeOriginal='2024:05:06 07:08:09' -Make=Camera -Orientation#=6 photo.jpg

becomes() { # FORMAT, and the date, camera, orientation and size of the photo in it
    local code=0
    convert-im6.q16 photo.jpg "copy.$1" 2> warnings || code=$?
    saw "$1: exit code and warnings" "$code $(cat warnings)" '0 '
    saw "  date, camera, orientation, size" \
        "$(exiftool -f -s3 -DateTimeOriginal -Make -Orientation# -ImageSize "copy.$1" | paste -sd, -)" "$2"
}
becomes jpg '2024:05:06 07:08:09,Camera,6,640x480'
becomes png '2024:05:06 07:08:09,Camera,6,640x480'
becomes webp '2024:05:06 07:08:09,Camera,6,640x480'
becomes tiff '-,-,6,640x480'
becomes heic '-,-,-,640x480'
becomes avif '-,-,-,640x480'
