#!/usr/bin/env bash
# ImageMagick drops the colour profile of a HEIC, and keeps its numbers.
#
# Tools:   imagemagick-6.q16 8:6.9.11.60+dfsg-1.6+deb12u15, libheif-examples 1.15.1-1+deb12u1, colord-data 1.4.6-2.2;
#          libimage-exiftool-perl 12.57+dfsg-1 reads (Debian 12)
# Expect:  convert takes the profile along, as it does from JPEG to PNG and as heif-convert does with the same HEIC, or it
#          converts the colours.
# Instead: The JPEG that comes out has no profile and the numbers of the wide one, so every viewer shows other colours: the
#          green of an Adobe RGB photo, and in the same way the reds of iPhones, which write Display P3. Exit code 0, no warning.
# Matters: A folder of HEICs that was converted this way looks pale for good; nothing in the copies tells what they were.
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
unpack libimage-exiftool-perl=12.57+dfsg-1 colord-data=1.4.6-2.2
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' "$@"; }
# A profile is known by its red: the description comes in the language that stands last.
profile() { exiftool -f -s3 -ICC_Profile:RedMatrixColumn "$1"; }
adobe='0.60963 0.31104 0.01947'
icc=debian/usr/share/color/icc/colord

# What a viewer that knows colours shows in the middle, to the nearest ten.
shown() {
    local from=("$1")
    [ "$(profile "$1")" != - ] || from+=(-profile "$icc/sRGB.icc")
    convert-im6.q16 "${from[@]}" -profile "$icc/sRGB.icc" -crop 1x1+32+32 -depth 8 -format \
        '%[fx:10*round(25.5*r)],%[fx:10*round(25.5*g)],%[fx:10*round(25.5*b)]' info:
}

convert-im6.q16 -size 64x64 'xc:rgb(90,200,90)' -profile "$icc/AdobeRGB1998.icc" -quality 95 photo.jpg
heif-enc -q 95 photo.jpg -o photo.heic > /dev/null
heif-convert -q 95 photo.heic other.jpg > /dev/null
code=0
convert-im6.q16 photo.heic -quality 95 copy.jpg 2> warnings || code=$?
convert-im6.q16 photo.jpg copy.png

saw "the photo's profile, by its red" "$(profile photo.jpg)" "$adobe"
saw "  of its HEIC" "$(profile photo.heic)" "$adobe"
saw "  of heif-convert's JPEG of that" "$(profile other.jpg)" "$adobe"
saw "  of convert's PNG of the photo" "$(profile copy.png)" "$adobe"
saw "  of convert's JPEG of the HEIC" "$(profile copy.jpg)" -
saw "exit code and warnings" "$code $(cat warnings)" '0 '
saw "shown as sRGB: the photo" "$(shown photo.jpg)" '0,200,80'
saw "  heif-convert's JPEG" "$(shown other.jpg)" '0,200,80'
saw "  convert's JPEG" "$(shown copy.jpg)" '90,200,90'
