#!/usr/bin/env bash
# exiftool calls what ties a Live Photo's two files together by one name in the movie, and by another in the photo.
#
# Tools:   libimage-exiftool-perl 12.57+dfsg-1 (Debian 12), exiftool-vendored.pl 13.58.0 (npm), for comparison
# Expect:  Both halves carry one identifier, so `exiftool -ContentIdentifier IMG_1.JPG IMG_1.MOV` shows it twice, and two that
#          are equal are one Live Photo.
# Instead: 12.57 shows that of the movie alone: in the photo the same value is called MediaGroupUUID. 13.58 says ContentIdentifier
#          of both, and no longer knows the other name, so that what was written for one finds nothing with the other.
# Matters: Whoever pairs Live Photos by this tag parts all of them, or finds none, as the version decides; and photos are then
#          sorted, renamed or deleted without their movies.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1
npm install --silent --no-audit --no-fund --prefix . exiftool-vendored.pl@13.58.0
old() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s -s -s "$@"; }
new() { perl node_modules/exiftool-vendored.pl/bin/exiftool -config '' -s -s -s "$@"; }

# The halves, as small as they can be: a JPEG with Apple's maker note (tag 0x11), a movie with QuickTime's key.
python3 - << 'MAKE'
from struct import pack
mark = b'00000004-AAAA-4AAA-8AAA-000000000000'

text = mark + b'\0'
note = b'Apple iOS\0\0\x01MM' + pack('>HHHIII', 1, 0x11, 2, len(text), 32, 0) + text
entry = lambda tag, kind, count, value: pack('>HHII', tag, kind, count, value)
tiff = b'MM\0*' + pack('>I', 8)
tiff += pack('>H', 2) + entry(0x10F, 2, 6, 38) + entry(0x8769, 4, 1, 46) + pack('>I', 0) + b'Apple\0\0\0'
tiff += pack('>H', 1) + entry(0x927C, 7, len(note), 64) + pack('>I', 0) + note
exif = b'Exif\0\0' + tiff
frame = b'\xff\xc0' + pack('>HBHHB', 11, 8, 1, 1, 1) + b'\x01\x11\0'
open('IMG_1.JPG', 'wb').write(b'\xff\xd8\xff\xe1' + pack('>H', len(exif) + 2) + exif + frame + b'\xff\xd9')

box = lambda kind, *parts: pack('>I', 8 + len(b''.join(parts))) + kind + b''.join(parts)
full = pack('>I', 0)
key = b'com.apple.quicktime.content.identifier'
handler = box(b'hdlr', full, pack('>I', 0), b'mdta', bytes(13))
keys = box(b'keys', full, pack('>I', 1), box(b'mdta', key))
value = box(b'ilst', box(pack('>I', 1), box(b'data', pack('>II', 1, 0), mark)))
header = box(b'mvhd', full, pack('>IIII', 0, 0, 600, 600), bytes(80))
open('IMG_1.MOV', 'wb').write(box(b'ftyp', b'qt  ', full, b'qt  ') + box(b'moov', header, box(b'meta', handler, keys, value)))
MAKE

mark=00000004-AAAA-4AAA-8AAA-000000000000
saw "12.57, the movie's ContentIdentifier" "$(old -ContentIdentifier IMG_1.MOV)" "$mark"
saw "12.57, the photo's ContentIdentifier" "$(old -ContentIdentifier IMG_1.JPG)" ""
saw "12.57, the photo's MediaGroupUUID" "$(old -MediaGroupUUID IMG_1.JPG)" "$mark"
saw "13.58, the movie's ContentIdentifier" "$(new -ContentIdentifier IMG_1.MOV)" "$mark"
saw "13.58, the photo's ContentIdentifier" "$(new -ContentIdentifier IMG_1.JPG)" "$mark"
saw "13.58, the photo's MediaGroupUUID" "$(new -MediaGroupUUID IMG_1.JPG)" ""
