#!/usr/bin/env bash
# piexif leaves the old EXIF in a photo beside the new one, and readers differ in which of them they believe.
#
# Tools:   piexif 1.1.3 (PyPI); pillow 13.0.0 (PyPI), libimage-exiftool-perl 12.57+dfsg-1, jhead 1:3.06.0.1-6 and exiv2 0.27.6-1
#          (Debian 12) read
# Expect:  insert() replaces the photo's EXIF. A date that was set is the date, a place that was taken out is gone.
# Instead: It looks for the old EXIF in the first two segments only. In a JPEG that has its colour profile or its XMP before the EXIF,
#          which is as valid, the new one is put in front and the old one stays. Pillow and exiv2 read the new date,
#          exiftool and jhead the old one.
# Matters: The corrected photo is corrected in the program that did it, and has its old date, and its place, in the next. Photos
#          that went through some editors have this order; it can be seen in public samples of turned photos.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 jhead=1:3.06.0.1-6 exiv2=0.27.6-1 libexiv2-27=0.27.6-1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check piexif==1.1.3 pillow==13.0.0
run() { PERL5LIB=debian/usr/share/perl5 LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "debian/usr/bin/$1" "${@:2}"; }

cat > make.py << 'MAKE'
from PIL import Image, ImageCms
picture, exif = Image.new("RGB", (64, 48), "gray"), Image.Exif()
exif.get_ifd(0x8769)[0x9003] = "2001:01:01 00:00:00"
exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (11.0, 30.0, 0.0)})
picture.save("exif-first.jpg", exif=exif, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
whole = open("exif-first.jpg", "rb").read()
at, parts = 2, {}
while whole[at + 1] in (0xE0, 0xE1, 0xE2):
    end = at + 2 + int.from_bytes(whole[at + 2:at + 4], "big")
    parts[whole[at + 1]], at = whole[at:end], end
with open("profile-first.jpg", "wb") as photo:
    photo.write(whole[:2] + parts[0xE0] + parts[0xE2] + parts[0xE1] + whole[at:])
MAKE
env/bin/python make.py
cat > set.py << 'SET'
import sys, piexif
tags = piexif.load(sys.argv[1])
tags["Exif"][piexif.ExifIFD.DateTimeOriginal] = b"2024:05:06 07:08:09"
tags["GPS"] = {}
piexif.insert(piexif.dump(tags), sys.argv[1])
SET
exifs() { python3 -c 'import sys; print(open(sys.argv[1], "rb").read().count(b"Exif\0\0"))' "$1"; }
pillow() { env/bin/python -c 'import sys; from PIL import Image; print(Image.open(sys.argv[1]).getexif().get_ifd(0x8769)[0x9003])' "$1"; }
place() { run exiftool -config '' -n -s3 -GPSLatitude "$1"; }
date_by() { # READER FILE
    case $1 in
        exiftool) run exiftool -config '' -s3 -DateTimeOriginal "$2" ;;
        exiv2) run exiv2 -q -K Exif.Photo.DateTimeOriginal -Pt "$2" ;;
        jhead) run jhead "$2" 2> /dev/null | sed -n 's/^Date\/Time *: //p' ;;
        pillow) pillow "$2" ;;
    esac
}
OLD='2001:01:01 00:00:00' NEW='2024:05:06 07:08:09'
for order in exif profile; do
    photo=$order-first.jpg
    saw "$order first: date and place before" "$(date_by exiftool "$photo"), $(place "$photo")" "$OLD, 48.2"
    env/bin/python set.py "$photo"
    case $order in
        exif)
            saw "  EXIFs after piexif" "$(exifs "$photo")" 1
            for reader in pillow exiv2 exiftool jhead; do saw "  date, says $reader" "$(date_by "$reader" "$photo")" "$NEW"; done
            saw "  place, says exiftool" "$(place "$photo")" ''
            ;;
        profile)
            saw "  EXIFs after piexif" "$(exifs "$photo")" 2
            for reader in pillow exiv2; do saw "  date, says $reader" "$(date_by "$reader" "$photo")" "$NEW"; done
            for reader in exiftool jhead; do saw "  date, says $reader" "$(date_by "$reader" "$photo")" "$OLD"; done
            saw "  place, says exiftool" "$(place "$photo")" 48.2
            ;;
    esac
done
