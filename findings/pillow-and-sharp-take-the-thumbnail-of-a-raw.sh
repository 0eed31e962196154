#!/usr/bin/env bash
# Pillow and sharp open a raw photo without complaint, and what they hand out is its thumbnail.
#
# Tools:   pillow 13.0.0 (PyPI), sharp 0.35.5 (npm); imagesize 2.0.1 (PyPI) and image-size 2.1.0 (npm); tifffile 2026.3.3 with numpy
#          2.4.6 (PyPI) writes the DNG, libimage-exiftool-perl 12.57+dfsg-1 (Debian 12) is the second opinion
# Expect:  A DNG is either developed or refused ("cannot identify image file").
# Instead: A DNG is a TIFF whose first page is, as its specification advises, a small preview, and the photo hangs below it. Both
#          programs take it for a TIFF of the size of the preview, convert it with success, and report no other page. The
#          programs that only ask for the size say that of the preview, too.
# Matters: "Convert all that opens" leaves 80x60 of a photo of 48 million pixels, and what takes the raw for converted may remove it.
#          A filter for small pictures throws raw photos out.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1
npm install --silent --no-audit --no-fund --prefix . sharp@0.35.5 image-size@2.1.0
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0 imagesize==2.0.1 tifffile==2026.3.3 numpy==2.4.6
tag() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s3 "-$1" "$2"; }

env/bin/python - << 'MAKE'
import numpy, tifffile
random = numpy.random.default_rng(1)
with tifffile.TiffWriter("photo.dng") as dng:
    dng.write(random.integers(0, 255, (60, 80, 3), "uint8"), photometric="rgb", subfiletype=1, subifds=1, metadata=None, extratags=[
        (271, "s", 0, "Made Up", True), (272, "s", 0, "Made Up 1", True), (50708, "s", 0, "Made Up 1", True),
        (50706, "B", 4, (1, 4, 0, 0), True), (50778, "H", 1, 21, True),
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True)])
    dng.write(random.integers(0, 4000, (480, 640), "uint16"), photometric="cfa", subfiletype=0, metadata=None, extratags=[
        (33421, "H", 2, (2, 2), True), (33422, "B", 4, (0, 1, 1, 2), True), (50717, "I", 1, 4095, True)])
MAKE
saw "exiftool: type, and size of the photo" "$(tag FileType photo.dng) $(tag ImageSize photo.dng)" 'DNG 640x480'
saw "  size of the first page" "$(tag IFD0:ImageWidth photo.dng)x$(tag IFD0:ImageHeight photo.dng)" 80x60

env/bin/python -W error - << 'PILLOW' > pillow
from PIL import Image
with Image.open("photo.dng") as picture:
    print(picture.format, picture.n_frames, picture.size)
    picture.save("pillow.jpg")
PILLOW
saw "Pillow: format, frames and size" "$(cat pillow)" 'TIFF 1 (80, 60)'
saw "  what it saves" "$(tag ImageSize pillow.jpg)" 80x60
cat > convert.js << 'SHARP'
const sharp = require('sharp')
sharp('photo.dng').metadata().then(async told => {
    await sharp('photo.dng').jpeg().toFile('sharp.jpg')
    console.log(told.format, told.pages, told.width, told.height)
})
SHARP
saw "sharp: format, pages and size" "$(node convert.js)" 'tiff 1 80 60'
saw "  what it saves" "$(tag ImageSize sharp.jpg)" 80x60
saw "imagesize" "$(env/bin/python -c 'import imagesize; print(imagesize.get("photo.dng"))')" '(80, 60)'
saw "image-size" "$(node -e '
    const { width, height } = require("image-size").imageSize(require("fs").readFileSync("photo.dng"))
    console.log(width, height)')" '80 60'
