#!/usr/bin/env bash
# touch on an rclone mount of plain WebDAV dates the photo 4 September 1999.
#
# Tools:   rclone 1.60.1+dfsg-2+b5 (Debian 12); wsgidav 4.4.0 with cheroot 11.1.2 (PyPI) as server
# Expect:  A server that cannot store times: setting one fails, or nothing happens and the server's date stays.
# Instead: touch -d is told that it worked. The mount then dates the file neither as asked nor as the server does, but
#          1999-09-04 00:00 UTC. A file that was just written is dated so as well, until it was sent.
# Matters: Whoever files photos by the time of the file gets a heap of September 1999, and whoever looks for changes by time
#          sees the file change twice, first into the past.
# Seen:    2026-11-29
set -euo pipefail
if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ]; then echo "it mounts: that needs the superuser, and /dev/fuse" >&2; exit 2; fi
work=$(mktemp -d)
trap 'leave; kill "${server:-}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

leave() { if mountpoint -q mounted; then umount mounted; fi; }
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
need() { # PACKAGE=VERSION, which has to be installed
    [ "$(dpkg-query -Wf '${Version}' "${1%%=*}" 2> /dev/null)" = "${1#*=}" ] ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" > /dev/null ||
        { echo "install it first, as the superuser: apt-get install $1" >&2; exit 2; }
}
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack rclone=1.60.1+dfsg-2+b5
need fuse3=3.14.0-4
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

echo photo > server/photo.jpg
touch -d '2021-02-03 04:05:06 UTC' server/photo.jpg
day() { TZ=UTC date -d "@$(stat -c %Y "$1")" '+%F %T'; }

debian/usr/bin/rclone --config '' --webdav-url "http://127.0.0.1:$port/" mount :webdav: mounted \
    --vfs-cache-mode writes --cache-dir "$work/cache" --daemon
saw "before, on the mount" "$(day mounted/photo.jpg)" '2021-02-03 04:05:06'
code=0
touch -d '2024-05-06 07:08:09 UTC' mounted/photo.jpg || code=$?
saw "exit code of touch -d 2024-05-06" "$code" 0
saw "  dated on the mount" "$(day mounted/photo.jpg)" '1999-09-04 00:00:00'
saw "  dated on the server" "$(day server/photo.jpg)" '2021-02-03 04:05:06'

echo new > mounted/new.jpg
saw "just written, dated on the mount" "$(day mounted/new.jpg)" '1999-09-04 00:00:00'
for _ in $(seq 60); do
    [ "$(day mounted/new.jpg)" = '1999-09-04 00:00:00' ] || break
    sleep 0.5
done
sent=$(($(date +%s) - $(stat -c %Y mounted/new.jpg)))
saw "  when it was sent, today" "$([ "$sent" -ge 0 ] && [ "$sent" -lt 60 ] && echo yes)" yes
