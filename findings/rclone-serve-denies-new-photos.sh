#!/usr/bin/env bash
# rclone's WebDAV server answers 404 for a photo that lies on its disk, and would let it be overwritten as new.
#
# Tools:   rclone 1.60.1+dfsg-2+b5 (serve webdav; Debian 12); for comparison Python 3.11's http.server
# Expect:  A listing may be some minutes old, as rclone's manual says of its cache of directories; but whoever asks for a file by
#          its name gets it.
# Instead: Once its directory was listed, a photo that a phone's sync put there answers 404, to GET, HEAD and PROPFIND, for five
#          minutes; a PUT under that name is answered 201, created, and replaces the photo.
# Matters: The careful client asks whether the name is free before it writes, is told so by the server itself, and a photo is gone.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-52s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }
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
answer() { curl -s -o /dev/null -w '%{http_code}' "$@"; }

unpack rclone=1.60.1+dfsg-2+b5
for who in rclone python; do
    mkdir -p "$who/2024"
    echo old > "$who/2024/IMG_0001.JPG"
    port=$(free_port)
    case $who in
        rclone) start "$port" debian/usr/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone ;;
        python) start "$port" python3 -m http.server --bind 127.0.0.1 --directory python "$port" ;;
    esac
    curl -s -o /dev/null "http://127.0.0.1:$port/2024/"
    echo phone > "$who/2024/IMG_0002.JPG"
    case $who in rclone) expected=404 ;; python) expected=200 ;; esac
    saw "$who: GET of a photo that was just put there" "$(answer "http://127.0.0.1:$port/2024/IMG_0002.JPG")" "$expected"
    [ "$who" = rclone ] || continue
    saw "  HEAD" "$(answer -I "http://127.0.0.1:$port/2024/IMG_0002.JPG")" 404
    saw "  PROPFIND" "$(answer -X PROPFIND -H 'Depth: 0' "http://127.0.0.1:$port/2024/IMG_0002.JPG")" 404
    saw "  PUT under that name" \
        "$(answer -X PUT --data-binary camera "http://127.0.0.1:$port/2024/IMG_0002.JPG") $(cat rclone/2024/IMG_0002.JPG)" '201 camera'
done
