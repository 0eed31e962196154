#!/usr/bin/env bash
# exfat-fuse shows the date of an old photo until the disk is taken off.
#
# Tools:   exfat-fuse 1.3.0+git20220115-2, exfatprogs 1.2.0-1+deb12u1 (Debian 12); needs the superuser and a loop device
# Expect:  exFAT begins in 1980. A photo dated 1965 that is copied there with its date is refused, or is at once dated 1980.
# Instead: It is dated 1965, for whoever looks and compares, as long as the disk is mounted. Mounted again it is of 1980, and
#          dates of later years have lost the fraction of their second, which was gone at once.
# Matters: A copy that was verified date for date is another one the next day: a sync by time carries every old photo
#          again, each time, and the disk that travels with the scans has none of their dates.
# Seen:    2026-11-29
set -euo pipefail
if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ]; then echo "it mounts: that needs the superuser, and /dev/fuse" >&2; exit 2; fi
work=$(mktemp -d) device=none
trap 'take_off; losetup -d "$device" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

take_off() { if mountpoint -q disk; then umount disk; fi; }
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack exfat-fuse=1.3.0+git20220115-2 exfatprogs=1.2.0-1+deb12u1 libfuse2=2.9.9-6+b1
export TZ=UTC LD_LIBRARY_PATH=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu
day() { stat -c %y "disk/$1" | cut -c 1-29; }

mkdir disk
truncate -s 40M image
find debian -name mkfs.exfat -exec '{}' image \; > /dev/null
device=$(losetup --find --show image)
plug_in() { find debian -name mount.exfat-fuse -exec '{}' "$device" disk \; > /dev/null; }

plug_in
echo scan > disk/scan.jpg
code=0
touch -d '1965-03-04 05:06:07' disk/scan.jpg || code=$?
echo phone > disk/phone.jpg
touch -d '2024-05-06 07:08:09.123456789' disk/phone.jpg
saw "exit code of touch -d 1965-03-04" "$code" 0
saw "the scan is dated" "$(day scan.jpg)" '1965-03-04 05:06:07.000000000'
saw "the phone's photo" "$(day phone.jpg)" '2024-05-06 07:08:09.000000000'
take_off
plug_in
saw "mounted again, the scan is dated" "$(day scan.jpg)" '1980-01-01 00:00:00.000000000'
saw "the phone's photo" "$(day phone.jpg)" '2024-05-06 07:08:09.000000000'
