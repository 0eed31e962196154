#!/usr/bin/env bash
# jpegtran and jpegoptim, called lossless, cut the video off a motion photo.
#
# Tools:   libjpeg-turbo-progs 1:2.1.5-2 (jpegtran), jpegoptim 1.4.7-1, exiftran 2.10-4+b1, for comparison exiv2 0.27.6-1 and
#          libimage-exiftool-perl 12.57+dfsg-1 (Debian 12)
# Expect:  `jpegtran -copy all`, `jpegoptim` without options ("lossless optimization") and `exiftran -a` keep all that the
#          file holds; in a motion photo that is an MP4 behind the picture's end.
# Instead: They write as far as the end of the picture. The video is gone, with exit code 0, and the XMP that goes along
#          still says that one is there and how long it is. Writers of tags (exiv2, exiftool) keep it.
# Matters: Turning a folder of phone pictures upright, or saving some space, throws away every video in it.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2 \
    jpegoptim=1.4.7-1 exiftran=2.10-4+b1 libexif12=0.6.24-1+deb12u1 exiv2=0.27.6-1 libexiv2-27=0.27.6-1
run() { PERL5LIB=debian/usr/share/perl5 LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "debian/usr/bin/$1" "${@:2}"; }

# The smallest thing that is an MP4 by its first box, and long enough to be seen missing.
{ printf '\0\0\0\024ftypisom\0\0\0\0isom\0\0\1\354mdat'; head -c 484 /dev/zero | tr '\0' v; } > video.mp4
{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } | run cjpeg > still.jpg
run exiftool -config '' -q -overwrite_original -XMP-GCamera:MicroVideo=1 -XMP-GCamera:MicroVideoVersion=1 \
    -XMP-GCamera:MicroVideoOffset=512 -Orientation#=6 still.jpg
cat still.jpg video.mp4 > motion.jpg

video() { if tail -c 512 "$1" | cmp -s - video.mp4; then echo kept; else echo gone; fi; }
says() { run exiftool -s3 -XMP-GCamera:MicroVideo "$1"; }
saw "before" "video $(video motion.jpg), MicroVideo $(says motion.jpg)" 'video kept, MicroVideo 1'
try() { # WHAT becomes of the video, and the tool that works on photo.jpg
    cp motion.jpg photo.jpg
    run "${@:2}" 2> /dev/null
    saw "${*:2:3}" "video $(video photo.jpg), MicroVideo $(says photo.jpg)" "video $1, MicroVideo 1"
}
try gone jpegtran -copy all -rotate 90 -outfile photo.jpg motion.jpg
try gone jpegoptim -q photo.jpg
try gone exiftran -ai photo.jpg
try kept exiv2 -M 'set Exif.Image.Artist Ascii Me' photo.jpg
try kept exiftool -q -overwrite_original -Artist=Me photo.jpg
