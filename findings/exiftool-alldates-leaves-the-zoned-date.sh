#!/usr/bin/env bash
# exiftool's -AllDates leaves the date of a video that has its zone.
#
# Tools:   libimage-exiftool-perl 12.57+dfsg-1, ffmpeg 7:5.1.9-0+deb12u1 to make the video (Debian 12)
# Expect:  `-AllDates+=1`, the usual way to correct a camera's clock by an hour, moves all dates of a video.
# Instead: It moves CreateDate and ModifyDate of the movie header. The dates of each track, and the key
#          com.apple.quicktime.creationdate, which alone holds the local time with its zone, stay as they were.
# Matters: iPhones write that key, and readers that prefer it go on showing the wrong hour, while exiftool's CreateDate says
#          that it was corrected. The still of a Live Photo moves, its video does not.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
need() { # PACKAGE=VERSION, which has to be installed
    [ "$(dpkg-query -Wf '${Version}' "${1%%=*}" 2> /dev/null)" = "${1#*=}" ] ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" > /dev/null ||
        { echo "install it first, as the superuser: apt-get install $1" >&2; exit 2; }
}
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1
exiftool() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q "$@"; }
need ffmpeg=7:5.1.9-0+deb12u1

ffmpeg -v error -f lavfi -i testsrc=size=64x64:duration=1 -metadata creation_time=2024-05-06T07:08:09Z \
    -movflags use_metadata_tags -metadata com.apple.quicktime.creationdate=2024-05-06T09:08:09+0200 video.mov
date_of() { exiftool -s3 "-$1" video.mov; }

saw "before, in the header" "$(date_of QuickTime:CreateDate)" '2024:05:06 07:08:09'
saw "before, the key with the zone" "$(date_of Keys:CreationDate)" '2024:05:06 09:08:09+02:00'
exiftool -overwrite_original -AllDates+=1 video.mov
saw "after -AllDates+=1, in the header" "$(date_of QuickTime:CreateDate)" '2024:05:06 08:08:09'
saw "after it, of the track" "$(date_of Track1:TrackCreateDate)" '2024:05:06 07:08:09'
saw "after it, of the track's media" "$(date_of Track1:MediaCreateDate)" '2024:05:06 07:08:09'
saw "after it, the key with the zone" "$(date_of Keys:CreationDate)" '2024:05:06 09:08:09+02:00'
