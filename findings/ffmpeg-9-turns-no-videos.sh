#!/usr/bin/env bash
# ffmpeg 9 no longer turns a video by the recipe that worked for years, and does not say so.
#
# Tools:   imageio-ffmpeg 0.8.1 (PyPI; ffmpeg 9.0.2) and 0.5.1 (ffmpeg 4.2.2); libimage-exiftool-perl 12.57+dfsg-1 (Debian 12) reads
# Expect:  `-c copy -metadata:s:v rotate=90` turns a video without coding it anew, and rotate=0 takes its rotation away. Where that
#          is no longer known, it is refused or warned of.
# Instead: 4.2 does both; 9.0 does neither, with exit code 0 and not a word under -v warning. What it knows is -display_rotation,
#          an option before the input.
# Matters: A program that puts clips upright this way goes on to report success after its ffmpeg was updated, and every clip
#          lies as it lay. One that turned the pixels and asks for rotate=0 has them turned twice.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1
for version in 0.8.1 0.5.1; do
    python3 -m venv "env-$version"
    "env-$version/bin/pip" install -q --disable-pip-version-check "imageio-ffmpeg==$version"
done
ffmpeg() { # VERSION of imageio-ffmpeg, ARGUMENT...
    "$("env-$1/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v warning "${@:2}"
}
version() { ffmpeg "$1" -version | sed -nE 's/^ffmpeg version n?([0-9.]+).*/\1/p'; }
rotation() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s3 -Rotation "$1"; }
saw "ffmpeg in imageio-ffmpeg 0.8.1" "$(version 0.8.1)" 9.0.2
saw "ffmpeg in imageio-ffmpeg 0.5.1" "$(version 0.5.1)" 4.2.2

ffmpeg 0.8.1 -f lavfi -i testsrc=size=64x48:duration=1 -c:v mpeg4 lying.mov 2> /dev/null
ffmpeg 0.8.1 -display_rotation:v:0 90 -i lying.mov -c copy held.mov 2> /dev/null
saw "lying.mov, rotation" "$(rotation lying.mov)" 0
saw "held.mov, by -display_rotation of 9.0" "$(rotation held.mov)" 270
turns() { # VERSION, FROM, rotate=..., and the rotation that is there then
    local code=0
    ffmpeg "$1" -i "$2" -c copy -metadata:s:v "$3" "$1-$2" 2> warnings || code=$?
    saw "$(version "$1"), $3 of $2: exit code" "$code" 0
    saw "  warnings that speak of it" "$(grep -ciE 'rotat|deprecat|ignor|metadata' warnings || true)" 0
    saw "  rotation" "$(rotation "$1-$2")" "$4"
}
turns 0.5.1 lying.mov rotate=90 270
turns 0.5.1 held.mov rotate=0 0
turns 0.8.1 lying.mov rotate=90 0
turns 0.8.1 held.mov rotate=0 270
