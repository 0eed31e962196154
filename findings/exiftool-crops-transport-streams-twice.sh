#!/usr/bin/env bash
# exiftool tells the wrong height of a camcorder's stream that is recorded in whole frames: 1072 lines of 1080.
#
# Tools:   libimage-exiftool-perl 12.57+dfsg-1; ffmpeg 7:5.1.9-0+deb12u1 makes the films and is the second opinion (Debian 12)
# Expect:  The size of the picture, as exiftool tells it of the same film in an MP4.
# Instead: H.264 codes in blocks of 16 lines and says how many are cut off below. In a stream of whole frames (25p, 50p) exiftool
#          cuts off twice as many: 1920x1072 of 1920x1080, 640x352 of 640x360, 320x224 of 320x232. A height that needs no cut is right.
# Matters: Whoever sorts out doubles or checks copies by size in pixels takes the AVCHD film and its copy in an MP4, the same
#          coded picture, for two films.
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

need ffmpeg=7:5.1.9-0+deb12u1
unpack libimage-exiftool-perl=12.57+dfsg-1
size() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s3 -ImageSize "$1"; }
second() { ffprobe -v error -select_streams v:0 -show_entries stream=width,height -of csv=p=0:s=x "$1" | head -n 1; }

film() { # SIZE, and what exiftool says of it in a stream
    ffmpeg -v error -y -f lavfi -i "testsrc=duration=0.2:size=$1:rate=25" -c:v libx264 -preset ultrafast "$1.mp4"
    ffmpeg -v error -y -i "$1.mp4" -c copy -mpegts_m2ts_mode 1 -f mpegts "$1.mts"
    saw "$1 as MP4, exiftool" "$(size "$1.mp4")" "$1"
    saw "  as MTS, ffprobe" "$(second "$1.mts")" "$1"
    saw "  as MTS, exiftool" "$(size "$1.mts")" "$2"
}
film 1920x1080 1920x1072
film 640x360 640x352
film 320x232 320x224
film 640x480 640x480
