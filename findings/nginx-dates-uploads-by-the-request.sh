#!/usr/bin/env bash
# nginx dates an uploaded photo by the Date header of the request.
#
# Tool:    nginx 1.22.1-9+deb12u11 (its own DAV module; Debian 12)
# Expect:  Date says when a request was made; the file's time is when it arrived. A server that takes a time from
#          the client has a header of its own for that, as X-OC-Mtime.
# Instead: PUT takes Date for the modification time, whatever it says: 1995 too, and a day that is still to come.
# Matters: A client whose clock is wrong, or a proxy that fills in Date, dates all photos of that upload wrong. It is also
#          the only way that we know of to give a photo its date on such a server.
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

unpack nginx=1.22.1-9+deb12u11
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

put() { curl -s -o /dev/null -w '%{http_code}' -X PUT --data-binary photo "$@" "http://127.0.0.1:$port/photo.jpg"; }
seconds_ago() { echo $(($(date +%s) - $(stat -c %Y nginx/photo.jpg))); }
day() { TZ=UTC date -d "@$(stat -c %Y nginx/photo.jpg)" '+%F %T'; }

saw "PUT without Date" "$(put)" 201
saw "  dated now" "$([ "$(seconds_ago)" -lt 60 ] && echo yes)" yes
saw "PUT with a Date of 1995" "$(put -H 'Date: Sat, 06 May 1995 07:08:09 GMT')" 204
saw "  dated" "$(day)" '1995-05-06 07:08:09'
saw "PUT with a Date of 2095" "$(put -H 'Date: Fri, 06 May 2095 07:08:09 GMT')" 204
saw "  dated" "$(day)" '2095-05-06 07:08:09'
saw "PUT with X-OC-Mtime and no Date" "$(put -H 'X-OC-Mtime: 1000000000')" 204
saw "  dated now" "$([ "$(seconds_ago)" -lt 60 ] && echo yes)" yes
