#!/usr/bin/env bash
# borg stores photos from before 1970 as photos of 1970.
#
# Tools:   borgbackup 1.2.4-1, for comparison restic 0.14.0-1+b5 and GNU tar 1.34+dfsg-1.2+deb12u1 (Debian 12)
# Expect:  A backup gives back each file with the time it had, or says that it cannot.
# Instead: A modification time before 1970 is stored as 1970-01-01 00:00:00, without a warning, with exit code 0. All
#          others come back to the nanosecond. Other backup tools keep it.
# Matters: Scanned photos are often dated the day they were taken. After a restore all of them are of one second, and no
#          option brings the dates back: the repository does not hold them.
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

need borgbackup=1.2.4-1
unpack restic=0.14.0-1+b5
export TZ=UTC HOME=$work RESTIC_PASSWORD=none BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
day() { date -d "@$(stat -c %.9Y "$1")" '+%F %T.%N'; }

mkdir album by-borg by-restic by-tar
echo scan > album/scan.jpg
touch -d '1965-03-04 05:06:07' album/scan.jpg
echo phone > album/phone.jpg
touch -d '2024-05-06 07:08:09.123456789' album/phone.jpg

borg init -e none borg.repository
code=0
borg create borg.repository::today album 2> warnings || code=$?
saw "borg create: exit code and warnings" "$code $(cat warnings)" '0 '
(cd by-borg && borg extract ../borg.repository::today)
saw "  the scan of 1965" "$(day by-borg/album/scan.jpg)" '1970-01-01 00:00:00.000000000'
saw "  the phone's photo" "$(day by-borg/album/phone.jpg)" '2024-05-06 07:08:09.123456789'

debian/usr/bin/restic -q -r restic.repository init
debian/usr/bin/restic -q -r restic.repository --no-cache backup album
debian/usr/bin/restic -q -r restic.repository --no-cache restore latest --target by-restic > /dev/null
saw "restic, the scan of 1965" "$(day by-restic/album/scan.jpg)" '1965-03-04 05:06:07.000000000'
tar -c album | tar -x -C by-tar 2> warnings
saw "tar, the scan of 1965" "$(day by-tar/album/scan.jpg)" '1965-03-04 05:06:07.000000000'
