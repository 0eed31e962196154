#!/usr/bin/env bash
# Zips made by JSZip and archiver date all photos hours off.
#
# Tools:   jszip 3.10.2, archiver 8.0.0 (npm), for comparison fflate 0.8.3 (npm) and zip 3.0-13+deb12u1; unzip 6.0-28+deb12u1
#          (Debian 12) unpacks
# Expect:  A zip's own time is the wall clock of where it was made. Packed and unpacked on one machine, a photo has its
#          time again.
# Instead: Both write the wall clock of UTC there, and add no field that would say so. In Tokyo a photo comes back nine
#          hours older, in New York four hours newer; fflate and zip are right.
# Matters: Galleries hand out albums as such zips. Photos without EXIF (messengers, scans) lose their time of day, often the
#          day, and a sync by time takes each of them for another version.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack zip=3.0-13+deb12u1 unzip=6.0-28+deb12u1
npm install --silent --no-audit --no-fund --prefix . jszip@3.10.2 archiver@8.0.0 fflate@0.8.3
cat > pack.mjs << 'PACK'
import { readFileSync, writeFileSync, statSync, createWriteStream } from 'node:fs'
import JSZip from 'jszip'
import { zipSync } from 'fflate'
import { ZipArchive } from 'archiver'
const bytes = readFileSync('photo.jpg'), date = statSync('photo.jpg').mtime
writeFileSync('jszip.zip', await new JSZip().file('photo.jpg', bytes, { date }).generateAsync({ type: 'nodebuffer' }))
writeFileSync('fflate.zip', zipSync({ 'photo.jpg': [bytes, { mtime: date }] }))
const archive = new ZipArchive()
archive.pipe(createWriteStream('archiver.zip'))
archive.file('photo.jpg', { name: 'photo.jpg' })
await archive.finalize()
PACK

echo photo > photo.jpg
touch -d '2024-05-06 03:30:08 UTC' photo.jpg
back() { # ZIP: when its photo was, unpacked in the same zone
    debian/usr/bin/unzip -qo "$1" -d unpacked
    stat -c %y unpacked/photo.jpg | cut -c 1-19
}
in_zone() { # ZONE, the photo's time there, and what it is out of JSZip's and archiver's zip
    export TZ=$1
    rm -f ./*.zip
    debian/usr/bin/zip -q zip.zip photo.jpg
    node pack.mjs
    saw "$1, the photo" "$(stat -c %y photo.jpg | cut -c 1-19)" "$2"
    saw "  through zip" "$(back zip.zip)" "$2"
    saw "  through fflate" "$(back fflate.zip)" "$2"
    saw "  through JSZip" "$(back jszip.zip)" "$3"
    saw "  through archiver" "$(back archiver.zip)" "$3"
}
in_zone Asia/Tokyo '2024-05-06 12:30:08' '2024-05-06 03:30:08'
in_zone America/New_York '2024-05-05 23:30:08' '2024-05-06 03:30:08'
