#!/usr/bin/env bash
# Apache refuses the ETag that it gave a moment ago.
#
# Tool:    apache2-bin 2.4.71-1~deb12u1 (mod_dav_fs; Debian 12)
# Expect:  The ETag of the photo that was just sent, given back in If-Match, allows to replace or delete it: nobody changed it.
# Instead: Within the second of the change the ETag is a weak one (W/...), and If-Match, which compares strongly, never
#          holds for a weak one: 412. The header If of WebDAV, with the same ETag, holds. Seconds later Apache gives another
#          ETag for the same bytes, a strong one, and If-Match with that is fine.
# Matters: A client that guards each step by the ETag of the one before fails just when nothing went wrong, and who compares
#          ETags to see changes sees one that was none.
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
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "${@:2}" > server.log 2>&1 &
    servers+=($!)
    for _ in $(seq 50); do
        curl -s -o /dev/null "http://127.0.0.1:$1/" && return
        sleep 0.2
    done
    echo "$2 does not listen" >&2
    exit 2
}

unpack apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1
port=$(free_port)
mkdir photos
chmod 777 photos .
{
    for module in mpm_event authz_core dav dav_fs; do
        echo "LoadModule ${module}_module $work/debian/usr/lib/apache2/modules/mod_$module.so"
    done
    cat << CONF
ServerName localhost
Listen 127.0.0.1:$port
PidFile $work/apache.pid
ErrorLog $work/apache.log
DocumentRoot $work/photos
DavLockDB $work/locks
<Directory $work/photos>
    Dav On
</Directory>
CONF
} > apache.conf
start "$port" debian/usr/sbin/apache2 -X -f "$work/apache.conf"

photo=http://127.0.0.1:$port/photo.jpg
ask() { curl -s -o /dev/null -w '%{http_code}' "$@" "$photo"; }
etag() { curl -s -I "$photo" | sed -n 's/^ETag: \(.*\)\r$/\1/p'; }
kind() { case $1 in W/*) echo weak ;; \"*) echo strong ;; esac; }

saw "PUT" "$(ask -X PUT --data-binary first)" 201
at_once=$(etag)
saw "the ETag at once" "$(kind "$at_once")" weak
saw "PUT with If-Match and that ETag" "$(ask -X PUT --data-binary other -H "If-Match: $at_once")" 412
saw "PUT with If and that ETag" "$(ask -X PUT --data-binary other -H "If: ([$at_once])")" 204
sleep 3
later=$(etag)
saw "three seconds later the ETag is" "$(kind "$later")" strong
saw "PUT with If-Match and that one" "$(ask -X PUT --data-binary third -H "If-Match: $later")" 204
