#!/usr/bin/env bash
# avifdec lays a photo on its side that avifenc of the same package has encoded upright.
#
# Tools:   libavif-bin 0.11.1-1+deb12u1 (Debian 12); pillow 13.0.0 (PyPI) makes the photo, and turns the same AVIF for comparison
# Expect:  avifenc understands the Orientation of a JPEG and writes it as an AVIF has to (irot, imir). avifdec makes a JPEG or PNG of it
#          that looks the same, by turning the pixels or by an Orientation.
# Instead: avifdec does neither. The pixels lie as they were stored, nothing in the file says how to turn them, and the exit
#          code is 0.
# Matters: Whoever brings back to JPEG what was saved as AVIF to save space gets each upright photo on its side, with no trace of how
#          it was.
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
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need libavif-bin=0.11.1-1+deb12u1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0
cat > make.py << 'MAKE'
from PIL import Image
picture = Image.new("RGB", (64, 32), "gray")
picture.paste("red", (0, 0, 32, 32))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(f"{orientation}.jpg", exif=exif, quality=95, subsampling=0)
MAKE
cat > look.py << 'LOOK'
import sys
from PIL import Image, ImageOps
with Image.open(sys.argv[1]) as picture:
    orientation = picture.getexif().get(0x0112)
    seen = ImageOps.exif_transpose(picture).convert("RGB")
    w, h = seen.size
    sides = (("top", (w // 2, h // 4)), ("bottom", (w // 2, 3 * h // 4))) if h > w else (("left", (w // 4, h // 2)), ("right", (3 * w // 4, h // 2)))
    red = [side for side, at in sides if seen.getpixel(at)[0] - seen.getpixel(at)[1] > 90]
    print(f"{w}x{h}, red {' '.join(red)}, Orientation {orientation}")
LOOK
env/bin/python make.py
look() { env/bin/python look.py "$1"; }
for orientation in 1 3 6 8; do
    avifenc --speed 10 --yuv 444 "$orientation.jpg" "$orientation.avif" > /dev/null
    case $orientation in
        1) right='64x32, red left' ;;
        3) right='64x32, red right' ;;
        6) right='32x64, red top' ;;
        8) right='32x64, red bottom' ;;
    esac
    saw "Orientation $orientation, the JPEG" "$(look "$orientation.jpg")" "$right, Orientation $orientation"
    saw "  Pillow" "$(look "$orientation.avif" | cut -d, -f1,2)" "$right"
    for kind in png jpg; do
        code=0
        avifdec "$orientation.avif" "back.$kind" > /dev/null 2> warnings || code=$?
        saw "  avifdec to $kind: exit code, warnings" "$code, $(cat warnings)" '0, '
        saw "  avifdec to $kind" "$(look "back.$kind")" '64x32, red left, Orientation None'
    done
done
