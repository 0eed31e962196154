#!/usr/bin/env bash
# On a mounted WebDAV folder fsync succeeds before anything was sent.
#
# Tools:   davfs2 1.6.1-1, rclone 1.60.1+dfsg-2+b5 with --vfs-cache-mode writes (Debian 12); wsgidav 4.4.0 (PyPI) as server
# Expect:  write, fsync and close, each without an error, mean that the photo is safe: a program may then empty the card.
# Instead: All three succeed, syncing the whole system too, while the server has not even heard the photo's name. It is sent
#          ten seconds (davfs2) or five (rclone) after the close, and if it is refused then, nobody is there to be told.
# Matters: fsync is how careful programs find out. A laptop closed within those seconds, or a server that is full, and
#          "copied, verified, removed from the card" was true of a cache only.
# Seen:    2026-11-29
set -euo pipefail
if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ]; then echo "it mounts: that needs the superuser, and /dev/fuse" >&2; exit 2; fi
work=$(mktemp -d)
trap 'leave; kill "${server:-}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

need() { # PACKAGE=VERSION, which has to be installed
    [ "$(dpkg-query -Wf '${Version}' "${1%%=*}" 2> /dev/null)" = "${1#*=}" ] ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" > /dev/null ||
        { echo "install it first, as the superuser: apt-get install $1" >&2; exit 2; }
}
leave() { if mountpoint -q mounted; then umount mounted > /dev/null; fi; }
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need davfs2=1.6.1-1
need fuse3=3.14.0-4
unpack rclone=1.60.1+dfsg-2+b5
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check wsgidav==4.4.0 cheroot==11.1.2
mkdir server mounted
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env/bin/wsgidav --host 127.0.0.1 --port "$port" --root server --auth anonymous --server cheroot -q > server.log 2>&1 &
server=$!
for _ in $(seq 50); do
    curl -s -o /dev/null "http://127.0.0.1:$port/" && break
    sleep 0.2
done

write_and_sync() {
    python3 - << 'WRITE'
import os
photo = os.open("mounted/photo.jpg", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
os.write(photo, b"photo" * 1000)
os.fsync(photo)
os.close(photo)
os.sync()
print("no error")
WRITE
}
on_server() { find server -name photo.jpg -printf '%s bytes'; }
goes_there() { # WHO sends it: after fsync, and when one has waited
    saw "$1: write, fsync, close, sync" "$(write_and_sync)" 'no error'
    saw "  on the server then" "$(on_server)" ''
    for _ in $(seq 60); do
        [ "$(on_server)" != '5000 bytes' ] || break
        sleep 0.5
    done
    saw "  on the server within half a minute" "$(on_server)" '5000 bytes'
    leave
    rm -f server/photo.jpg
}

printf 'http://127.0.0.1:%s/ any any\n' "$port" > secrets
chmod 600 secrets
printf 'use_locks 0\nask_auth 0\nsecrets %s\n' "$work/secrets" > davfs2.conf
mount.davfs -o conf="$work/davfs2.conf" "http://127.0.0.1:$port/" mounted
goes_there davfs2

debian/usr/bin/rclone --config '' --webdav-url "http://127.0.0.1:$port/" mount :webdav: mounted \
    --vfs-cache-mode writes --cache-dir "$work/cache" --daemon
goes_there rclone
