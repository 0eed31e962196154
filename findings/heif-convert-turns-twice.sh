#!/usr/bin/env bash
# heif-convert turns an upright HEIC upright twice.
#
# Tools:   libheif-examples 1.15.1-1+deb12u1 (heif-convert), for comparison imagemagick-6.q16 8:6.9.11.60+dfsg-1.6+deb12u15;
#          libimage-exiftool-perl 12.57+dfsg-1 reads (Debian 12); pillow 13.0.0 and pillow-heif 1.8.1 (PyPI) make the HEIC
# Expect:  A HEIC as phones make it, with a rotation property and the same said again by EXIF's Orientation 6, becomes a
#          JPEG that is shown the same: turned pixels with Orientation 1, or pixels as they lay with 6.
# Instead: The pixels are turned and Orientation 6 stays, so every viewer turns them once more. ImageMagick sets it to 1.
# Matters: All upright photos of a phone lie on their side after the conversion by the tool made for it.
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

need libheif-examples=1.15.1-1+deb12u1
need imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15
unpack libimage-exiftool-perl=12.57+dfsg-1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-heif==1.8.1
tag() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s3 "-$1" "$2"; }

env/bin/python - << 'MAKE'
import pillow_heif
from PIL import Image
pillow_heif.register_heif_opener()
exif = Image.Exif()
exif[0x112] = 6
Image.new("RGB", (640, 480), "gray").save("held.heic", exif=exif.tobytes())
MAKE
is() { # WHAT, FILE, its pixels and its orientation
    saw "$1" "$(tag ImageSize "$2"), Orientation $(tag Orientation# "$2")" "$3"
}
is "the HEIC's pixels" held.heic '640x480, Orientation 6'
saw "  its rotation property, in degrees" "$(tag QuickTime:Rotation held.heic)" 270
heif-convert held.heic convert.jpg > /dev/null
is "JPEG by heif-convert" convert.jpg '480x640, Orientation 6'
convert-im6.q16 held.heic magick.jpg
is "JPEG by ImageMagick" magick.jpg '480x640, Orientation 1'
