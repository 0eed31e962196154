#!/usr/bin/env bash
# exiftran, turning a Live Photo's still, unties it from its video.
#
# Tools:   exiftran 2.10-4+b1 with libexif12 0.6.24-1+deb12u1, for comparison libjpeg-turbo-progs 1:2.1.5-2 (jpegtran) and
#          exiv2 0.27.6-1; libimage-exiftool-perl 12.57+dfsg-1 reads (Debian 12)
# Expect:  `exiftran -a` turns the pixels without loss, corrects the orientation and thumbnail, and keeps the rest of the EXIF.
# Instead: Apple's maker note is gone, and with it the content identifier, by which a still is tied to its video.
#          jpegtran and exiv2 keep it.
# Matters: A folder of Live Photos that was turned upright is a folder of stills and of clips afterwards; Photos, which
#          pairs by it, makes two things of each.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2 \
    exiftran=2.10-4+b1 libexif12=0.6.24-1+deb12u1 exiv2=0.27.6-1 libexiv2-27=0.27.6-1
run() { PERL5LIB=debian/usr/share/perl5 LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "debian/usr/bin/$1" "${@:2}"; }

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } | run cjpeg > plain.jpg
# EXIF with Make, Orientation 6, a capture time, and a maker note that holds tag 0x11, the content identifier.
python3 - plain.jpg live.jpg << 'MAKE'
import struct, sys
def directory(*entries):
    return struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)
def entry(tag, kind, count, value):
    return struct.pack(">HHI", tag, kind, count) + (value if isinstance(value, bytes) else struct.pack(">I", value))
identifier = b"01234567-89AB-4CDE-8F01-23456789ABCD\0"
note = b"Apple iOS\0\0\1MM" + directory(entry(1, 9, 1, 14), entry(0x11, 2, len(identifier), 14 + 30)) + identifier
make, date = b"Apple\0", b"2024:05:06 07:08:09\0"
inner = 8 + 42 + len(make)
first = directory(entry(0x10F, 2, len(make), 8 + 42), entry(0x112, 3, 1, b"\0\6\0\0"), entry(0x8769, 4, 1, inner)) + make
second = directory(entry(0x9003, 2, len(date), inner + 30), entry(0x927C, 7, len(note), inner + 30 + len(date))) + date + note
exif = b"Exif\0\0MM\0*\0\0\0\10" + first + second
plain = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
MAKE

of() { run exiftool -config '' -s3 "-$1" photo.jpg; }
try() { # the IDENTIFIER left, how it stands, and the tool
    cp live.jpg photo.jpg
    run "${@:3}" 2> /dev/null
    saw "${*:3:3}: orientation, date" "$(of Orientation#), $(of DateTimeOriginal)" "$2, 2024:05:06 07:08:09"
    saw "  content identifier" "$(of Apple:MediaGroupUUID)" "$1"
}
try 01234567-89AB-4CDE-8F01-23456789ABCD 6 jpegtran -copy all -rotate 90 -outfile photo.jpg live.jpg
try 01234567-89AB-4CDE-8F01-23456789ABCD 1 exiv2 -M 'set Exif.Image.Orientation 1' photo.jpg
try '' 1 exiftran -ai photo.jpg
