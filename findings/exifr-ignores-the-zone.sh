#!/usr/bin/env bash
# exifr takes a photo's time for that of the machine, though the photo says its zone.
#
# Tool:    exifr 7.1.3 (npm) on Node.js; libimage-exiftool-perl 12.57+dfsg-1 (Debian 12) writes
# Expect:  DateTimeOriginal comes as a JavaScript Date, which is an instant. Where OffsetTimeOriginal stands beside it, the two
#          together are that instant, wherever the program runs.
# Instead: The offset is read, and handed out as a text of its own, but the Date is made with the zone of the machine: the
#          same file is another instant on each, and the right one only by chance.
# Matters: A gallery on a server in UTC puts the photos of a journey up to half a day out of order with those of others at home.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > tokyo.jpg
PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q -overwrite_original \
    -DateTimeOriginal='2024:05:06 07:08:09' -OffsetTimeOriginal=+09:00 tokyo.jpg
npm install --silent --no-audit --no-fund --prefix . exifr@7.1.3

cat > read.js << 'READ'
require('exifr').parse('tokyo.jpg').then(tags =>
    console.log(tags.DateTimeOriginal.toISOString(), tags.OffsetTimeOriginal))
READ
echo "It was taken on 2024-05-06 at 07:08:09 in Tokyo, which was 2024-05-05T22:08:09Z."
saw "on a machine in UTC" "$(TZ=UTC node read.js)" '2024-05-06T07:08:09.000Z +09:00'
saw "on a machine in New York" "$(TZ=America/New_York node read.js)" '2024-05-06T11:08:09.000Z +09:00'
saw "on a machine in Tokyo" "$(TZ=Asia/Tokyo node read.js)" '2024-05-05T22:08:09.000Z +09:00'
