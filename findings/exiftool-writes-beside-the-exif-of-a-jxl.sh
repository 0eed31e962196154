#!/usr/bin/env bash
# A tag that exiftool writes into a JPEG XL is not in the JPEG that comes back.
#
# Tools:   libjxl-tools 0.7.0-10+deb12u1 (cjxl, djxl), libimage-exiftool-perl 12.57+dfsg-1 (Debian 12)
# Expect:  cjxl packs a JPEG without loss, EXIF included. What exiftool reads of the .jxl is that EXIF; what it changes there
#          is in the JPEG that djxl unpacks, or djxl says that it cannot restore that any more.
# Instead: cjxl compresses the EXIF (a box `brob`), and this exiftool looks past it: no date, no camera, no warning. Writing
#          a tag adds a second, plain EXIF of that tag alone. djxl goes on restoring the old JPEG to the byte, exit code 0.
# Matters: A collection packed this way has no dates for exiftool, a rating or a corrected date given to it is lost on the
#          way back, and two EXIFs that contradict each other are in one file.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2 \
    libjxl-tools=0.7.0-10+deb12u1 libjxl0.7=0.7.0-10+deb12u1 libhwy1=1.0.3-3+deb12u1 libbrotli1=1.0.9-2+deb12u1 \
    liblcms2-2=2.14-2+deb12u1 libgif7=5.2.1-2.5+deb12u1 libpng16-16=1.6.39-2+deb12u6
run() { PERL5LIB=debian/usr/share/perl5 LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "debian/usr/bin/$1" "${@:2}"; }
tag() { run exiftool -config '' -s3 "-$1" "$2"; }

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } | run cjpeg > photo.jpg
run exiftool -config '' -q -overwrite_original -DateTimeOriginal='2024:05:06 07:08:09' photo.jpg
run cjxl --quiet --lossless_jpeg=1 photo.jpg photo.jxl
run djxl --quiet photo.jxl back.jpg
saw "JPEG, JXL, and back: the same bytes" "$(cmp photo.jpg back.jpg && echo yes)" yes
saw "the JPEG's date" "$(tag DateTimeOriginal photo.jpg)" '2024:05:06 07:08:09'
saw "the JXL's date, for exiftool" "$(tag DateTimeOriginal photo.jxl 2>&1)" ''

run exiftool -config '' -q -overwrite_original -EXIF:DateTimeOriginal='2023:01:02 03:04:05' photo.jxl
saw "written into the JXL" "$(tag DateTimeOriginal photo.jxl)" '2023:01:02 03:04:05'
exifs() { grep -aPo "$1" photo.jxl | wc -l; }
saw "EXIFs in the JXL, compressed and plain" "$(exifs brobExif) $(exifs '(?<!brob)Exif')" '1 1'
code=0
run djxl --quiet photo.jxl back.jpg 2> warnings || code=$?
saw "djxl's exit code and warnings" "$code $(cat warnings)" '0 '
saw "the date of the JPEG that it restores" "$(tag DateTimeOriginal back.jpg)" '2024:05:06 07:08:09'
