#!/usr/bin/env bash
# touch -m on a bindfs, unionfs or encfs mount dates the photo now.
#
# Tools:   bindfs 1.14.7-1, unionfs-fuse 1.0-1+b1, encfs 1.9.5-2, for comparison mergerfs 2.33.5-1 (Debian 12); as root
# Expect:  touch -m -d sets the modification time and leaves the access time; that it worked means that it is set.
# Instead: Who asks to leave one of the two times (UTIME_OMIT) is told that it worked, and the modification time is the present.
#          With both times given, as `touch -d` and `cp -p` do, it is set. mergerfs does both right.
# Matters: Programs that restore a photo's date after an edit set just that one time (Rust's File::set_modified does). On
#          such a mount the edit succeeds, the restoring succeeds, and the photo is dated today.
# Seen:    2026-11-29
set -euo pipefail
if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ]; then echo "it mounts: that needs the superuser, and /dev/fuse" >&2; exit 2; fi
work=$(mktemp -d)
trap 'leave; rm -rf "$work"' EXIT
cd "$work"

leave() { if mountpoint -q mounted; then umount mounted; fi; }
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack bindfs=1.14.7-1 unionfs-fuse=1.0-1+b1 encfs=1.9.5-2 librlog5v5=1.4-4.1+b1 libtinyxml2-9=9.0.0+dfsg-3.1 mergerfs=2.33.5-1 \
    libfuse2=2.9.9-6+b1 libfuse3-3=3.14.0-4 fuse3=3.14.0-4
export TZ=UTC PATH=$work/debian/usr/bin:$work/debian/bin:$PATH
export LD_LIBRARY_PATH=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu

mkdir mounted bindfs unionfs encfs mergerfs
dated() { # the date of mounted/photo.jpg, or "now"
    local seconds
    seconds=$(stat -c %Y mounted/photo.jpg)
    if [ $(($(date +%s) - seconds)) -lt 60 ]; then echo now; else date -d "@$seconds" +%F; fi
}
dates() { # WHO mounted it, and the photo's date after touch -m
    mountpoint -q mounted
    echo photo > mounted/photo.jpg
    code=0
    touch -m -d 2020-02-03 mounted/photo.jpg || code=$?
    saw "$1: exit code of touch -m -d 2020-02-03" "$code" 0
    saw "  dated" "$(dated)" "$2"
    touch -d 2020-02-03 mounted/photo.jpg
    saw "  after touch -d" "$(dated)" 2020-02-03
    leave
}
bindfs bindfs mounted
dates bindfs now
unionfs unionfs=RW mounted
dates unionfs now
echo secret | encfs -S --standard "$work/encfs" "$work/mounted" > /dev/null
dates encfs now
mergerfs mergerfs mounted
dates mergerfs 2020-02-03
