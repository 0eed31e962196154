#!/usr/bin/env bash
# A photo whose writing failed half-way is uploaded by fsspec all the same, half as it is.
#
# Tools:   webdav4 0.11.0 with fsspec 2026.9.0 (PyPI), wsgidav 4.4.0 with cheroot 11.1.2 (PyPI) as server
# Expect:  `with filesystem.open("photo.jpg", "wb")` collects what is written and sends it at the end. When reading the card fails
#          in the middle, the exception leaves the block, and nothing is sent: the photo on the server stays. Inside of
#          `with filesystem.transaction`, which is to send all or nothing, surely.
# Instead: Leaving the block closes the file, closing sends it, whatever the reason: the half replaces the photo, by a
#          complete request that the server has no reason to doubt. The transaction does not hold it back either.
# Matters: The program sees the exception and tries again later, or names the photo as failed; until then, or for good, half a
#          photo stands on the server under its right name, in place of the whole one. Write under another name, then move.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
start() { # PORT COMMAND...: a server, and waits until it listens
    "${@:2}" > server.log 2>&1 &
    servers+=($!)
    for _ in $(seq 50); do
        curl -s -o /dev/null "http://127.0.0.1:$1/" && return
        sleep 0.2
    done
    echo "$2 does not listen" >&2
    exit 2
}

python3 -m venv env
env/bin/pip install -q --disable-pip-version-check webdav4==0.11.0 fsspec==2026.9.0 wsgidav==4.4.0 cheroot==11.1.2
mkdir server
port=$(free_port)
start "$port" env/bin/wsgidav --host 127.0.0.1 --port "$port" --root server --auth anonymous --server cheroot -q
cat > send.py << 'SEND'
import contextlib, sys
from webdav4.fsspec import WebdavFileSystem
filesystem = WebdavFileSystem(f"http://127.0.0.1:{sys.argv[1]}")
try:
    with filesystem.transaction if sys.argv[2] == "transaction" else contextlib.nullcontext():
        with filesystem.open("photo.jpg", "wb") as photo:
            photo.write(b"n" * 400000)
            raise OSError("the card was pulled out")
except OSError as error:
    print(error)
SEND
fails() { # plain or transaction
    head -c 800000 /dev/zero | tr '\0' o > server/photo.jpg
    saw "$1: what the program sees" "$(env/bin/python send.py "$port" "$1")" 'the card was pulled out'
    saw "  size and first byte on the server" "$(stat -c %s server/photo.jpg) $(head -c 1 server/photo.jpg)" '400000 n'
}
fails plain
fails transaction
