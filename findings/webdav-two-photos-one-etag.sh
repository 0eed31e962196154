#!/usr/bin/env bash
# nginx and wsgidav give two photos one ETag, a strong one.
#
# Tools:   nginx 1.22.1-9+deb12u11 (Debian 12), wsgidav 4.4.0 with cheroot 11.1.2 (PyPI); for comparison rclone
#          1.60.1+dfsg-2+b5 (serve webdav; Debian 12)
# Expect:  A strong ETag (without W/) is another one as soon as one byte is another: that is what HTTP has the weak ones for.
# Instead: They make it of the size and the whole second. Two photos of equal length that are put under one name within a
#          second have the same: who asks with If-None-Match is told 304, "you have it", of bytes that it never saw, and
#          wsgidav, which does refuse a wrong If-Match, lets the ETag of the first photo overwrite the second. rclone gives two;
#          rclone and nginx do not read If-Match with PUT at all.
# Matters: A sync that goes by ETags keeps the older state for good, as the ETag never changes afterwards; a rating that is
#          written into a photo does not change its size. And the client that guards its step by If-Match replaces what another
#          one has just put there. An ETag that is younger than some seconds proves nothing.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
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

unpack rclone=1.60.1+dfsg-2+b5 nginx=1.22.1-9+deb12u11
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check wsgidav==4.4.0 cheroot==11.1.2

ask() { curl -s -o /dev/null -w '%{http_code}' "$@" "http://127.0.0.1:$port/photo.jpg"; }
etag() { curl -s -I "http://127.0.0.1:$port/photo.jpg" | sed -nE 's/^etag: (.*)\r$/\1/Ip'; }
in_one_second() { # puts two photos in one second, as their server says, and sets their ETags
    for _ in $(seq 20); do
        ask -X PUT --data-binary 'rated 3' > /dev/null
        first=$(etag) second_of_first=$(stat -c %Y "$1/photo.jpg")
        ask -X PUT --data-binary 'rated 4' > /dev/null
        second=$(etag)
        [ "$(stat -c %Y "$1/photo.jpg")" != "$second_of_first" ] || return 0
    done
    echo "this machine is too slow to put two photos in one second" >&2
    exit 2
}
wrong() { saw "$1, PUT with a wrong If-Match" "$(ask -X PUT --data-binary other -H 'If-Match: "wrong"')" "$2"; }
gives() { # WHO serves the folder of that name; one ETag or two; what If-None-Match and If-Match with the first are answered
    in_one_second "$1"
    saw "$1, the first ETag is" "$(case $first in \"*\") echo strong ;; *) echo weak ;; esac)" strong
    saw "  the second photo has" "$([ "$first" = "$second" ] && echo 'the same' || echo another)" "$2"
    saw "  GET, If-None-Match the first" "$(ask -H "If-None-Match: $first")" "$3"
    saw "  PUT, If-Match the first, and what is there" \
        "$(ask -X PUT --data-binary 'rated 5' -H "If-Match: $first") $(cat "$1/photo.jpg")" "$4"
}

mkdir wsgidav rclone
port=$(free_port)
mkdir nginx
cat > nginx.conf << CONF
daemon off; pid $work/nginx.pid; user $(id -un);
events {}
http {
    access_log off; client_body_temp_path $work/body; proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server { listen 127.0.0.1:$port; root $work/nginx; dav_methods PUT DELETE MKCOL COPY MOVE; }
}
CONF
start "$port" debian/usr/sbin/nginx -c "$work/nginx.conf" -e "$work/nginx.log"
gives nginx 'the same' 304 '204 rated 5'
wrong nginx 204
port=$(free_port)
start "$port" env/bin/wsgidav --host 127.0.0.1 --port "$port" --root wsgidav --auth anonymous --server cheroot -q
gives wsgidav 'the same' 304 '204 rated 5'
wrong wsgidav 412
port=$(free_port)
start "$port" debian/usr/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone
gives rclone another 200 '201 rated 5'
wrong rclone 201
