#!/usr/bin/env bash
# A FUSE folder says "exists" to a rename that it could not do at all.
#
# Tools:   bindfs 1.14.7-1, mergerfs 2.33.5-1, for comparison gocryptfs 2.3-1+b4 (Debian 12); Linux 6.18; as root
# Expect:  renameat2 with RENAME_NOREPLACE, which gives a photo its name and never replaces one: where a file system does not
#          know it, the answer is "invalid argument", always. So one try on a name that is taken tells whether it can be used.
# Instead: On a taken name the answer is EEXIST, just as if it were known, since the kernel looks before it asks. Only on a free
#          name comes EINVAL. gocryptfs knows it: EEXIST and success.
# Matters: A program that tests its safety this way believes in it, and then fails with every single photo, or falls back
#          to a rename that replaces. Test on a free name.
# Seen:    2026-11-29
set -euo pipefail
if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ]; then echo "it mounts: that needs the superuser, and /dev/fuse" >&2; exit 2; fi
work=$(mktemp -d)
trap 'leave; rm -rf "$work"' EXIT
cd "$work"

leave() { if mountpoint -q mounted; then umount mounted; fi; }
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack bindfs=1.14.7-1 mergerfs=2.33.5-1 gocryptfs=2.3-1+b4 libfuse3-3=3.14.0-4 fuse3=3.14.0-4
export PATH=$work/debian/usr/bin:$work/debian/bin:$PATH
export LD_LIBRARY_PATH=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu

rename_to() { # NAME: what the kernel answers to photo.part becoming NAME
    echo new > mounted/photo.part
    python3 - "$1" << 'RENAME'
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
HERE, NOREPLACE = -100, 1
done = libc.renameat2(HERE, b"mounted/photo.part", HERE, f"mounted/{sys.argv[1]}".encode(), NOREPLACE)
print("success" if done == 0 else errno.errorcode[ctypes.get_errno()])
RENAME
}
answers() { # WHO mounted it, and the answer for a free name
    mountpoint -q mounted
    echo old > mounted/taken.jpg
    saw "$1, on a taken name" "$(rename_to taken.jpg) $(cat mounted/taken.jpg)" 'EEXIST old'
    saw "  on a free name" "$(rename_to free.jpg)" "$2"
    leave
}
mkdir mounted bindfs mergerfs gocryptfs
bindfs bindfs mounted
answers bindfs EINVAL
mergerfs mergerfs mounted
answers mergerfs EINVAL
echo secret > password
gocryptfs -q -init -scryptn 10 -passfile password gocryptfs 2> /dev/null
gocryptfs -q -passfile password gocryptfs mounted 2> /dev/null
answers gocryptfs success
