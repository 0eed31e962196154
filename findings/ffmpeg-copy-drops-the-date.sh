#!/usr/bin/env bash
# ffmpeg -c copy drops a video's date, and each option that helps keeps only half.
#
# Tools:   ffmpeg 7:5.1.9-0+deb12u1; libimage-exiftool-perl 12.57+dfsg-1 reads (Debian 12)
# Expect:  Its manual says that global metadata is copied by default, so a copy without encoding keeps when it was taken.
# Instead: The date of the header is 0, and the keys of QuickTime (content identifier, date with zone) are gone. With
#          -movflags use_metadata_tags the keys are there and the date is 0; with -map_metadata 0, which says what is said to be
#          the default, the date is there and the keys are gone. Only both together keep both.
# Matters: A clip that was cut or put into another container without loss sorts under the day of the copying, and the
#          video of a Live Photo does not find its still.
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
tag() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -s3 "-$1" "$2"; }

ffmpeg -v error -f lavfi -i testsrc=size=64x64:duration=1 -movflags use_metadata_tags \
    -metadata creation_time=2024-05-06T07:08:09Z \
    -metadata com.apple.quicktime.creationdate=2024-05-06T09:08:09+0200 \
    -metadata com.apple.quicktime.content.identifier=01234567-89AB-4CDE-8F01-23456789ABCD taken.mov

none='0000:00:00 00:00:00' date='2024:05:06 07:08:09'
zoned='2024:05:06 09:08:09+02:00' tie=01234567-89AB-4CDE-8F01-23456789ABCD
kept() { # FILE, the date of its header, the key with the zone, the content identifier
    saw "$1, date in the header" "$(tag QuickTime:CreateDate "$1")" "$2"
    saw "  date with its zone" "$(tag Keys:CreationDate "$1")" "$3"
    saw "  content identifier" "$(tag Keys:ContentIdentifier "$1")" "$4"
}
kept taken.mov "$date" "$zoned" "$tie"
copy() { ffmpeg -v error -y -i taken.mov -c copy "$@"; }
copy copy.mov
kept copy.mov "$none" '' ''
copy -movflags use_metadata_tags movflags.mov
kept movflags.mov "$none" "$zoned" "$tie"
copy -map_metadata 0 map.mov
kept map.mov "$date" '' ''
copy -map_metadata 0 -movflags use_metadata_tags both.mov
kept both.mov "$date" "$zoned" "$tie"
