#!/usr/bin/env bash
# chokidar does not tell of a rating that exiftool wrote with -P, though the kernel told it.
#
# Tool:    chokidar 5.0.0 (npm) on Node.js; libimage-exiftool-perl 12.57+dfsg-1 (Debian 12) writes
# Expect:  It watches with inotify, which tells of each write, so a photo whose bytes and size changed is a "change", whatever its
#          modification time says. (fs.watch, on which it is built, does tell.)
# Instead: After the kernel's word it looks at the times, and where the modification time is as before and the file was read since,
#          it stays silent. That is so for `exiftool -P`, in place or by a new file of the name, and also when it polls. The same
#          change without -P is told.
# Matters: -P is what careful people use, since the time is the photo's date for other programs. The watcher of a gallery or a
#          sync never learns of the new rating, title or place.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
npm install --silent --no-audit --no-fund --prefix . chokidar@5.0.0
{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > still.jpg

cat > watch.mjs << 'WATCH'
import { watch } from 'chokidar'
import { watch as nodes } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
const [how, ...options] = process.argv.slice(2)
const told = new Set()
if (how === 'fs.watch') nodes('photos', kind => told.add(kind))
else {
    const watcher = watch('photos', { ignoreInitial: true, usePolling: how === 'polling', interval: 100 })
    await new Promise(ready => watcher.on('ready', ready))
    watcher.on('all', kind => told.add(kind))
}
await wait(1000)
told.clear()
execFileSync('perl', ['debian/usr/bin/exiftool', '-config', '', '-q', ...options, '-XMP:Rating=5', 'photos/photo.jpg'],
    { env: { ...process.env, PERL5LIB: 'debian/usr/share/perl5' } })
await wait(2500)
console.log(told.has('change') ? 'change' : [...told].join(' ') || 'nothing')
process.exit()
WATCH
told() { # WHAT is told, by whom, and how exiftool writes
    rm -rf photos
    mkdir photos
    cp still.jpg photos/photo.jpg
    touch -m -d 2024-05-06 photos/photo.jpg
    touch -a -d 2024-06-07 photos/photo.jpg
    saw "$2, exiftool ${*:3}" "$(node watch.mjs "${@:2}")" "$1"
    [ "$(stat -c %s photos/photo.jpg)" -gt "$(stat -c %s still.jpg)" ] || { echo "it was not written" >&2; exit 2; }
}
told change fs.watch -P -overwrite_original_in_place
for how in inotify polling; do
    told nothing "$how" -P -overwrite_original_in_place
    told nothing "$how" -P -overwrite_original
    told change "$how" -overwrite_original_in_place
done
