#!/usr/bin/env bash
# ImageMagick and Pillow, making a JPEG of heif-enc's HEIC, write an EXIF that nobody can read.
#
# Tools:   imagemagick 8:6.9.11.60+dfsg-1.6+deb12u15, libheif-examples 1.15.1-1+deb12u1 (heif-enc); libimage-exiftool-perl
#          12.57+dfsg-1 reads (Debian 12); pillow 13.0.0 with pillow-heif 1.8.1 (PyPI)
# Expect:  `convert photo.heic photo.jpg`, and Pillow's usual save(..., exif=picture.info["exif"]), keep date and camera, as
#          they do from a JPEG.
# Instead: A HEIC may hold its EXIF with or without the six bytes "Exif\0\0" before it; heif-enc writes none. Both hand the
#          block on as it is, so the JPEG's APP1 lacks the word by which EXIF is known there: the bytes are in the file, and
#          readers say that there is no EXIF. No error, no warning. iPhones write the six bytes, a Galaxy S24 FE does not.
# Matters: The photo has no date any more, and nothing tells which of a folder's HEICs went that way.
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
need libheif-examples=1.15.1-1+deb12u1
unpack libimage-exiftool-perl=12.57+dfsg-1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-heif==1.8.1
tag() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s3 "-$1" "$2"; }
block() { grep -abo "$1" "$2" | wc -l; }

convert-im6.q16 -size 64x48 xc:gray photo.jpg
PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q -overwrite_original \
    -DateTimeOriginal='2024:05:06 07:08:09' photo.jpg
heif-enc photo.jpg -o photo.heic > /dev/null
saw "the HEIC's date" "$(tag DateTimeOriginal photo.heic)" '2024:05:06 07:08:09'

convert-im6.q16 photo.jpg from-jpeg.jpg
saw "ImageMagick, of the JPEG: date" "$(tag DateTimeOriginal from-jpeg.jpg)" '2024:05:06 07:08:09'
made_of_heic() { # WHO made it, and the JPEG
    saw "$1, of the HEIC: date" "$(tag DateTimeOriginal "$2")" ''
    saw "  the date's letters in the file" "$(block '2024:05:06 07:08:09' "$2")" 1
    saw "  the word Exif in it" "$(block Exif "$2")" 0
}
code=0
convert-im6.q16 photo.heic magick.jpg 2> warnings || code=$?
saw "ImageMagick's exit code and warnings" "$code $(cat warnings)" '0 '
made_of_heic ImageMagick magick.jpg

save() {
    env/bin/python -W error - "$@" << 'SAVE'
import sys, pillow_heif
from PIL import Image
pillow_heif.register_heif_opener()
with Image.open(sys.argv[1]) as picture:
    picture.save(sys.argv[2], exif=picture.info["exif"])
SAVE
}
save photo.jpg again.jpg
saw "Pillow, of the JPEG: date" "$(tag DateTimeOriginal again.jpg)" '2024:05:06 07:08:09'
save photo.heic pillow.jpg
made_of_heic Pillow pillow.jpg
