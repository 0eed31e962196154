#!/usr/bin/env bash
# ffmpeg, asked for a video's sound if it has one, takes the picture of a silent one.
#
# Tools:   ffmpeg 7:5.1.9-0+deb12u1 (Debian 12)
# Expect:  `-map 0:a?` maps the sound where there is some; the `?` says that it may be missing, so of a silent video nothing is
#          mapped, and nothing is written.
# Instead: An optional map that matches nothing leaves the list of maps empty, and with that ffmpeg chooses streams as if nobody
#          had asked: the picture. `-map 0:a?` into an .m4a writes a video called music, and a hash of "the sound" (framemd5) is
#          one of the pictures. All with exit code 0. Without the `?` it fails, as it says.
# Matters: Scripts that check whether a copy kept its sound compare pictures, and find no difference between a clip that lost
#          its sound and one that never had any. Many Live Photos have none: the microphone is off while music plays.
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
saw() { printf '%-52s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need ffmpeg=7:5.1.9-0+deb12u1
ffmpeg -v error -f lavfi -i testsrc=size=64x48:duration=1 -pix_fmt yuv420p silent.mp4
ffmpeg -v error -i silent.mp4 -f lavfi -i sine=duration=1 -c:v copy -c:a aac sounding.mp4

streams() { ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$1" | tr '\n' ' ' | sed 's/ $//'; }
hashed() { ffmpeg -v error -i "$1" -map "$2" -c copy -f framemd5 - 2> /dev/null | sed -n 's/^#media_type 0: //p'; }
saw "in the video that sounds" "$(streams sounding.mp4)" 'video audio'
saw "  what -map 0:a? gives to framemd5" "$(hashed sounding.mp4 '0:a?')" audio
saw "in the silent one" "$(streams silent.mp4)" video
saw "  what -map 0:a? gives to framemd5" "$(hashed silent.mp4 '0:a?')" video
code=0
ffmpeg -v error -i silent.mp4 -map '0:a?' -c copy sound.m4a || code=$?
saw "  what lies in sound.m4a, and the exit code" "$(streams sound.m4a), $code" 'video, 0'
code=0
ffmpeg -v error -i silent.mp4 -map 0:a -c copy strict.m4a 2> /dev/null || code=$?
saw "  without the question mark" "$([ -e strict.m4a ] && echo written || echo nothing), $code" 'nothing, 1'
