#!/usr/bin/env bash
# A database restored from sqlite3's .dump has forgotten its version.
#
# Tool:    sqlite3 3.40.1-2+deb12u2 (Debian 12)
# Expect:  .dump writes the whole database as SQL; read back it is the same database, as with .backup or VACUUM INTO.
# Instead: user_version and application_id are 0 in what is read back. .backup and VACUUM INTO keep both.
# Matters: Programs that keep photos (catalogues, sync clients) mark with user_version which steps of their format were
#          done. After a rescue by .dump, often advised for a damaged catalogue, they do them again on tables that had them,
#          or refuse the file.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2 libreadline8=8.2-1.3
sqlite() { LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/sqlite3 "$@"; }
marks() { sqlite "$1" 'SELECT count(*) FROM photo' 'PRAGMA user_version' 'PRAGMA application_id' | xargs; }

sqlite catalogue.db 'CREATE TABLE photo (name)' "INSERT INTO photo VALUES ('a.jpg')" \
    'PRAGMA user_version = 7' 'PRAGMA application_id = 42'
saw "photos, version, application" "$(marks catalogue.db)" '1 7 42'
sqlite catalogue.db .dump | sqlite dumped.db
saw "through .dump" "$(marks dumped.db)" '1 0 0'
sqlite catalogue.db '.backup backup.db'
saw "through .backup" "$(marks backup.db)" '1 7 42'
sqlite catalogue.db "VACUUM INTO 'vacuum.db'"
saw "through VACUUM INTO" "$(marks vacuum.db)" '1 7 42'
