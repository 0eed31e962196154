#!/usr/bin/env bash
# exiftool and ffmpeg date a film of 1965 in 2031, also one that they dated themselves.
#
# Tools:   libimage-exiftool-perl 12.57+dfsg-1 (Debian 12), exiftool-vendored.pl 13.59.3 (npm), imageio-ffmpeg 0.8.1 (PyPI;
#          ffmpeg 9.0.2); pymediainfo 7.0.1 and hachoir 3.4.0 (PyPI) are the second opinion
# Expect:  MOV and MP4 count seconds from 1904, so 1965 is a date like any other: what is written there is read again.
# Instead: Some cameras count from 1970 by mistake, and both programs take every number that would be a date before 1970 for
#          such a mistake, and add 66 years. They write 1965 as it has to be written, and read their own film as of 2031.
#          exiftool has a minor warning; with -api QuickTimeUTC it reads 1965. MediaInfo and hachoir read 1965.
# Matters: Digitised home movies are dated the day they were shot, with just these programs. Whoever reads them with the same
#          programs files grandfather's films behind all that was ever taken.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1
npm install --silent --no-audit --no-fund --prefix . exiftool-vendored.pl@13.59.3
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check imageio-ffmpeg==0.8.1 pymediainfo==7.0.1 hachoir==3.4.0
export TZ=UTC
old() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q "$@"; }
new() { perl node_modules/exiftool-vendored.pl/bin/exiftool -config '' -q "$@"; }
ffmpeg() { "$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v error "$@"; }
saw "ffmpeg's version" "$(ffmpeg -version | sed -nE 's/^ffmpeg version n?([0-9.]+).*/\1/p')" 9.0.2

ffmpeg -f lavfi -i testsrc=size=64x48:duration=1 -c:v mpeg4 film.mov
cp film.mov by-old.mov
cp film.mov by-new.mov
old -overwrite_original -QuickTime:CreateDate='1965:03:04 05:06:07' by-old.mov
new -overwrite_original -QuickTime:CreateDate='1965:03:04 05:06:07' by-new.mov
ffmpeg -i film.mov -c copy -metadata creation_time=1965-03-04T05:06:07Z by-ffmpeg.mov

in_seconds() { # FILE: the number in the movie header, as a date after 1904
    python3 - "$1" << 'READ'
import sys
from datetime import datetime, timedelta
film = open(sys.argv[1], "rb").read()
at = film.index(b"mvhd") + 8
print(datetime(1904, 1, 1) + timedelta(seconds=int.from_bytes(film[at:at + 4], "big")))
READ
}
read_by_mediainfo() {
    env/bin/python -c 'import sys, pymediainfo; print(pymediainfo.MediaInfo.parse(sys.argv[1]).tracks[0].encoded_date)' "$1"
}
read_by_ffmpeg() { # without an output it tells of the input, and fails
    { ffmpeg -v info -i "$1" 2>&1 || true; } | sed -nE '0,/creation_time/s/^ +creation_time *: //p'
}
for writer in old new ffmpeg; do
    film=by-$writer.mov
    saw "written $film: seconds since 1904" "$(in_seconds "$film")" '1965-03-04 05:06:07'
    saw "  exiftool 12.57" "$(old -s3 -QuickTime:CreateDate "$film")" '2031:03:05 05:06:07'
    saw "  exiftool 13.59" "$(new -s3 -QuickTime:CreateDate "$film")" '2031:03:05 05:06:07'
    saw "  its warning" "$(new -s3 -Warning "$film" | sed 's/ \[x[0-9]*\]$//')" '[minor] Patched incorrect time zero for QuickTime date/time tag'
    saw "  exiftool 13.59, -api QuickTimeUTC" "$(new -api QuickTimeUTC -s3 -QuickTime:CreateDate "$film")" '1965:03:04 05:06:07+00:00'
    saw "  ffmpeg" "$(read_by_ffmpeg "$film")" '2031-03-05T05:06:07.000000Z'
    saw "  MediaInfo" "$(read_by_mediainfo "$film")" '1965-03-04 05:06:07 UTC'
    saw "  hachoir" "$(env/bin/hachoir-metadata "$film" | sed -n 's/^- Creation date: //p')" '1965-03-04 05:06:07'
done
