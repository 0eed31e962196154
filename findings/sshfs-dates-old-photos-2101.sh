#!/usr/bin/env bash
# A photo dated 1965 becomes one of 2101, through sshfs and in a squashfs image.
#
# Tools:   sshfs 3.7.3-1.2~deb12u1 with openssh-sftp-server 1:9.2p1-2+deb12u10, squashfs-tools 1:4.5.1-1 (Debian 12)
# Expect:  The date of a scanned old photo (its file's modification time is the day it was taken) is kept, or the tool says
#          that it cannot keep dates before 1970, or makes it 1970.
# Instead: Both have 32 bits without a sign for the seconds since 1970 and do not look: touch says that it is done, and the
#          file is dated 136 years later.
# Matters: The oldest photos are the newest ones afterwards. Who asks "newer than the copy?" carries them each time, and
#          who waits for a file that changed just now waits for ever.
# Seen:    2026-11-29
set -euo pipefail
if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ]; then echo "it mounts: that needs the superuser, and /dev/fuse" >&2; exit 2; fi
work=$(mktemp -d)
trap 'if mountpoint -q mounted; then fusermount3 -u mounted; fi; rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack sshfs=3.7.3-1.2~deb12u1 openssh-sftp-server=1:9.2p1-2+deb12u10 squashfs-tools=1:4.5.1-1 liblzo2-2=2.10-2 \
    fuse3=3.14.0-4 libfuse3-3=3.14.0-4
export PATH=$work/debian/bin:$work/debian/usr/bin:$PATH
export LD_LIBRARY_PATH=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu TZ=UTC
day() { date -d "@$(stat -c %Y "$1")" '+%F %T'; }

mkdir server mounted
# What ssh would start on the other machine.
printf '#!/bin/sh\nexec "%s"\n' "$work/debian/usr/lib/openssh/sftp-server" > ssh
chmod +x ssh
sshfs -o ssh_command="$work/ssh" "localhost:$work/server" mounted
echo photo > mounted/grandma.jpg
code=0
touch -d '1965-03-04 05:06:07' mounted/grandma.jpg || code=$?
saw "sshfs, touch's exit code" "$code" 0
saw "  dated on the mount" "$(day mounted/grandma.jpg)" '2101-04-10 11:34:23'
saw "  dated on the server" "$(day server/grandma.jpg)" '2101-04-10 11:34:23'
touch -d '1970-03-04 05:06:07' mounted/grandma.jpg
saw "  of 1970, on the mount" "$(day mounted/grandma.jpg)" '1970-03-04 05:06:07'

mkdir album
echo photo > album/grandma.jpg
touch -d '1965-03-04 05:06:07' album/grandma.jpg
mksquashfs album album.squashfs -quiet -no-progress 2> warnings
saw "mksquashfs, warnings" "$(cat warnings)" ''
unsquashfs -quiet -no-progress -dest unpacked album.squashfs > /dev/null
saw "  dated when unpacked" "$(day unpacked/grandma.jpg)" '2101-04-10 11:34:23'
