#!/usr/bin/env bash
# ffmpeg -c copy into Matroska lays an upright video on its side.
#
# Tool:    ffmpeg 7:5.1.9-0+deb12u1 (Debian 12)
# Expect:  A phone's video that was held upright is stored lying, with a rotation. A copy without encoding into another
#          container keeps that, or says that the container cannot.
# Instead: MOV and MP4 keep the rotation, MKV does not get one, though Matroska can hold it: exit code 0, not a word with
#          -v warning. What comes back from the MKV into a MOV has none either.
# Matters: Nothing in the copy tells that it was ever turned; a collection of clips put into MKV has all of them lying.
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

need ffmpeg=7:5.1.9-0+deb12u1

ffmpeg -v error -f lavfi -i testsrc=size=64x48:duration=1 -pix_fmt yuv420p lying.mov
ffmpeg -v error -i lying.mov -c copy -metadata:s:v rotate=90 held.mov
turned() { ffprobe -v error -show_entries stream_side_data=rotation "$1" | sed -n 's/^rotation=//p'; }
copied() { # FROM, TO, and the rotation that arrives
    local code=0
    ffmpeg -v warning -i "$1" -c copy "$2" 2> warnings || code=$?
    saw "$1 to $2: exit code and warnings" "$code $(cat warnings)" '0 '
    saw "  rotation" "$(turned "$2")" "$3"
}
saw "held.mov, rotation" "$(turned held.mov)" 90
copied held.mov copy.mov 90
copied held.mov copy.mp4 90
copied held.mov copy.mkv ''
copied copy.mkv back.mov ''
