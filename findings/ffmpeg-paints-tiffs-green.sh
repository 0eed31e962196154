#!/usr/bin/env bash
# ffmpeg reads the TIFFs that sharp makes as one green area, and says nothing.
#
# Tools:   imageio-ffmpeg 0.8.1 (PyPI; ffmpeg 9.0.2), sharp 0.35.5 (npm); pillow 13.0.0 (PyPI) makes the picture and is the second
#          opinion
# Expect:  A TIFF that a reader cannot decode is an error. One that it can is the picture.
# Instead: sharp's plain .tiff() writes JPEG inside a TIFF, YCbCr. ffmpeg gives a picture of the right size
#          in which every pixel is the same green (0, 136, 0), with exit code 0, and not a word under -v warning. With
#          compression lzw or deflate it is right.
# Matters: Thumbnails, slide shows and time lapses made with ffmpeg are green; where it converts a folder of scans, the photos are gone
#          behind a success.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

npm install --silent --no-audit --no-fund --prefix . sharp@0.35.5
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check imageio-ffmpeg==0.8.1 pillow==13.0.0
ffmpeg() { "$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v warning "$@"; }
saw "ffmpeg's version" "$(ffmpeg -version | sed -nE 's/^ffmpeg version n?([0-9.]+).*/\1/p')" 9.0.2

env/bin/python - << 'MAKE'
from PIL import Image
picture = Image.new("RGB", (320, 240), "gray")
picture.paste("red", (0, 0, 160, 240))
picture.save("photo.png")
MAKE
looks() { # FILE: its size, and what its halves look like
    env/bin/python - "$1" << 'LOOK'
import sys
from PIL import Image
with Image.open(sys.argv[1]) as picture:
    halves = [picture.convert("RGB").getpixel((x, 120)) for x in (80, 240)]
near = lambda one, other: max(abs(a - b) for a, b in zip(one, other)) < 16
say = lambda pixel: "red" if near(pixel, (255, 0, 0)) else "gray" if near(pixel, (128, 128, 128)) else str(pixel)
print(f"{picture.width}x{picture.height}", *map(say, halves))
LOOK
}
saw "photo.png" "$(looks photo.png)" '320x240 red gray'
through() { # NAME, sharp's OPTIONS, and what ffmpeg makes of it
    local code=0
    node -e "require('sharp')('photo.png').tiff($2).toFile('$1.tif')"
    saw "$1.tif, read by Pillow" "$(looks "$1.tif")" '320x240 red gray'
    ffmpeg -i "$1.tif" -update 1 -frames:v 1 "$1.png" 2> warnings || code=$?
    saw "  ffmpeg: exit code and warnings" "$code $(cat warnings)" '0 '
    saw "  the picture" "$(looks "$1.png")" "$3"
}
through plain '' '320x240 (0, 136, 0) (0, 136, 0)'
through lzw '{ compression: "lzw" }' '320x240 red gray'
