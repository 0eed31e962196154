#!/usr/bin/env bash
# heif-enc makes a HEIC that lies on its side of a photo that was held upright.
#
# Tools:   libheif-examples 1.15.1-1+deb12u1 (heif-enc); libimage-exiftool-perl 12.57+dfsg-1 (Debian 12), pillow 13.0.0 and
#          pillow-heif 1.8.1 (PyPI) read
# Expect:  A JPEG with Orientation 6 becomes a HEIC that is shown as the JPEG is: turned pixels, or a rotation property.
# Instead: EXIF is taken over, Orientation 6 included, but pixels stay as they lay and no rotation (irot) is written. In a
#          HEIC the properties decide, EXIF's orientation is for information. pillow-heif, which goes by that, even sets the
#          Orientation to 1 on reading, so what is saved from it lies for good and says that it is upright.
# Matters: A collection made smaller this way has all its upright photos lying, in one viewer and not in the other.
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
unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-heif==1.8.1
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q "$@"; }

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > held.jpg
exiftool -overwrite_original -Orientation#=6 held.jpg
heif-enc held.jpg -o held.heic > /dev/null

read_by_pillow() { # FILE: the size as it is shown, and the orientation that goes along, saved as JPEG
    env/bin/python - "$1" << 'READ'
import sys, pillow_heif
from PIL import Image, ImageOps
pillow_heif.register_heif_opener()
with Image.open(sys.argv[1]) as picture:
    picture.save("again.jpg", exif=picture.getexif())
with Image.open("again.jpg") as picture:
    shown = ImageOps.exif_transpose(picture)
    print(f"{shown.width}x{shown.height}, Orientation {picture.getexif().get(0x112)}")
READ
}
saw "the JPEG, through Pillow" "$(read_by_pillow held.jpg)" '48x64, Orientation 6'
saw "the HEIC's pixels" "$(exiftool -s3 -ImageSize held.heic)" 64x48
saw "the HEIC's EXIF orientation" "$(exiftool -s3 -Orientation# held.heic)" 6
saw "the HEIC's rotation property" "$(exiftool -s3 -QuickTime:Rotation held.heic)" ''
saw "the HEIC, through pillow-heif" "$(read_by_pillow held.heic)" '64x48, Orientation 1'
