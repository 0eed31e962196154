#!/usr/bin/env bash
# A WebP that sharp makes, keeping the metadata, lies on its side in ffmpeg and OpenCV.
#
# Tools:   sharp 0.35.5 (npm); imageio-ffmpeg 0.8.1 (PyPI; ffmpeg 9.0.2) and opencv-python-headless 5.0.0.93 with numpy 2.4.6 (PyPI)
#          read; pillow 13.0.0 (PyPI) makes the photo, and the same WebP for comparison
# Expect:  keepMetadata() keeps the EXIF so that it is read as before: ffmpeg and OpenCV turn a JPEG by its Orientation, and a
#          WebP, too.
# Instead: sharp hands the EXIF on as it stands in a JPEG, with the six bytes "Exif\0\0" before it. In a WebP the chunk's name says
#          what it is, and Pillow writes it without them. ffmpeg refuses such a block ("invalid TIFF
#          header") and goes on; OpenCV says nothing. For both the photo has no Orientation. Pillow and
#          sharp skip the six bytes.
# Matters: Galleries convert to WebP with sharp. What is made of these again, a thumbnail, a film or an index of faces, lies on its
#          side, and only the photos that were held upright.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

npm install --silent --no-audit --no-fund --prefix . sharp@0.35.5
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check imageio-ffmpeg==0.8.1 opencv-python-headless==5.0.0.93 numpy==2.4.6 pillow==13.0.0
ffmpeg() { "$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v warning "$@"; }
saw "ffmpeg's version" "$(ffmpeg -version | sed -nE 's/^ffmpeg version n?([0-9.]+).*/\1/p')" 9.0.2

env/bin/python - << 'MAKE'
from PIL import Image
exif = Image.Exif()
exif[0x0112] = 6
picture = Image.new("RGB", (64, 32), "gray")
picture.save("photo.jpg", exif=exif)
picture.save("pillow.webp", exif=exif)
MAKE
node -e "require('sharp')('photo.jpg').keepMetadata().webp().toFile('sharp.webp')"
before() { # WEBP: what its EXIF begins with
    python3 -c '
import sys
webp = open(sys.argv[1], "rb").read()
at = webp.index(b"EXIF") + 8
print(webp[at:at + 6].rstrip(b"\0").decode("latin-1") if webp[at:at + 4] == b"Exif" else "TIFF")' "$1"
}
size_by() { # READER FILE: the size of what it shows
    case $1 in
        ffmpeg)
            ffmpeg -y -i "$2" -update 1 -frames:v 1 shown.ppm 2>> said
            sed -n '2s/ /x/p' shown.ppm
            ;;
        opencv) env/bin/python -c 'import sys, cv2; h, w = cv2.imread(sys.argv[1]).shape[:2]; print(f"{w}x{h}")' "$2" ;;
        pillow)
            env/bin/python -c 'import sys; from PIL import Image, ImageOps; print("%dx%d" % ImageOps.exif_transpose(Image.open(sys.argv[1])).size)' "$2"
            ;;
        sharp)
            # shellcheck disable=SC2016 # it is JavaScript that stands there
            node -e 'require("sharp")(process.argv[1]).autoOrient().toBuffer({ resolveWithObject: true })
                .then(({ info }) => console.log(`${info.width}x${info.height}`))' "$2"
            ;;
    esac
}
echo "It was taken upright: 32x64."
for reader in ffmpeg opencv pillow sharp; do saw "the JPEG in $reader" "$(size_by "$reader" photo.jpg)" 32x64; done
saw "Pillow's WebP: its EXIF begins with" "$(before pillow.webp)" TIFF
for reader in ffmpeg opencv pillow sharp; do saw "  in $reader" "$(size_by "$reader" pillow.webp)" 32x64; done
saw "sharp's WebP: its EXIF begins with" "$(before sharp.webp)" Exif
for reader in pillow sharp; do saw "  in $reader" "$(size_by "$reader" sharp.webp)" 32x64; done
for reader in ffmpeg opencv; do saw "  in $reader" "$(size_by "$reader" sharp.webp)" 64x32; done
saw "  what ffmpeg said" "$(sed -nE 's/.*(invalid TIFF header in EXIF data).*/\1/p' said | sort -u)" 'invalid TIFF header in EXIF data'
