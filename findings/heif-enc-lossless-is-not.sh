#!/usr/bin/env bash
# heif-enc's own recipe for lossless is not lossless.
#
# Tool:    libheif-examples 1.15.1-1+deb12u1 (heif-enc; Debian 12); pillow 13.0.0 with pillow-heif 1.8.1 (PyPI) reads, and for
#          comparison writes
# Expect:  --help names three options that together are lossless: -L, -p chroma=444 and --matrix_coefficients=0. A PNG that
#          went that way comes back with the same pixels.
# Instead: Pixels are off by one step, as after a conversion of colours. With the same three options pillow-heif writes every
#          pixel as it was. -L alone, "generate lossless output", is off by up to 157 steps of 255 here.
# Matters: Who replaces scans or screenshots by this and deletes the PNGs has lost the originals.
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
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need libheif-examples=1.15.1-1+deb12u1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-heif==1.8.1
look() { env/bin/python -c "
import pillow_heif
from PIL import Image, ImageChops
pillow_heif.register_heif_opener()
def largest_difference(one, other):
    one, other = (Image.open(name).convert('RGB') for name in (one, other))
    return max(high for low, high in ImageChops.difference(one, other).getextrema())
$1"; }

look "
picture = Image.new('RGB', (64, 64))
picture.putdata([(37 * x % 256, 91 * y % 256, 53 * (x + y) % 256) for y in range(64) for x in range(64)])
picture.save('scan.png')
picture.save('pillow.heic', quality=-1, chroma=444, matrix_coefficients=0)"
heif-enc -L scan.png -o alone.heic > /dev/null
heif-enc -L -p chroma=444 --matrix_coefficients=0 scan.png -o recipe.heic > /dev/null

saw "the recipe in heif-enc --help" "$(heif-enc --help 2>&1 | sed -n '/lossless encoding/,/^$/p' |
    grep -oE '^ +(-L|-p chroma=444|--matrix_coefficients=0)' | xargs)" '-L -p chroma=444 --matrix_coefficients=0'
saw "largest difference: pillow-heif" "$(look "print(largest_difference('scan.png', 'pillow.heic'))")" 0
saw "largest difference: the recipe" "$(look "print(largest_difference('scan.png', 'recipe.heic'))")" 1
saw "largest difference: -L alone" "$(look "print(largest_difference('scan.png', 'alone.heic'))")" 157
