#!/usr/bin/env bash
# mat2 cleans a photo, and lays it on its side.
#
# Tools:   mat2 0.13.3-1 (Debian 12), libimage-exiftool-perl 12.57+dfsg-1 writes; pillow 13.0.0 (PyPI) makes the photo and looks
# Expect:  The cleaned photo shows what the photo showed. The Orientation is metadata, so where it goes, the pixels are turned.
# Instead: The Orientation goes, and the pixels stay as the sensor lay: a photo held upright lies on its side. Exit code 0, no warning.
#          --lightweight does the same.
# Matters: Photos are cleaned before they are given away or put on a web page. Nothing in the cleaned one tells which way is up.
# Seen:    2026-11-30
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

need mat2=0.13.3-1
unpack libimage-exiftool-perl=12.57+dfsg-1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0
env/bin/python - << 'MAKE'
from PIL import Image
picture = Image.new("RGB", (64, 32), "gray")
picture.paste("red", (0, 0, 32, 32))
picture.save("photo.jpg", quality=95, subsampling=0)
MAKE
PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q -overwrite_original -Orientation#=6 -Artist=Me photo.jpg
cat > look.py << 'LOOK'
import sys
from PIL import Image, ImageOps
with Image.open(sys.argv[1]) as picture:
    exif = picture.getexif()
    seen = ImageOps.exif_transpose(picture).convert("RGB")
    w, h = seen.size
    red, other = ((int(w * x), int(h * y)) for x, y in (((0.5, 0.25), (0.5, 0.75)) if h > w else ((0.25, 0.5), (0.75, 0.5))))
    sure = seen.getpixel(red)[1] < 60 < seen.getpixel(other)[1]
    print(f"{w}x{h}, red {('top' if h > w else 'left') if sure else 'elsewhere'}, Orientation {exif.get(0x0112)}, artist {exif.get(0x013B)}")
LOOK
saw "the photo" "$(env/bin/python look.py photo.jpg)" '32x64, red top, Orientation 6, artist Me'
for option in '' --lightweight; do
    rm -f photo.cleaned.jpg
    code=0
    mat2 ${option:+"$option"} photo.jpg > said 2>&1 || code=$?
    saw "mat2 $option: exit code, and what it says" "$code $(cat said)" '0 '
    saw "  the cleaned photo" "$(env/bin/python look.py photo.cleaned.jpg)" '64x32, red left, Orientation None, artist None'
done
