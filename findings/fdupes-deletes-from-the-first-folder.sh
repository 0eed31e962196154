#!/usr/bin/env bash
# fdupes and jdupes delete the copy in the folder that was named first.
#
# Tools:   fdupes 1:2.2.1-1, jdupes 1.21.3-1+deb12u1, for comparison rdfind 1.5.0-1.1+b1 (Debian 12)
# Expect:  -N is to "preserve the first file in each set": of `-rdN library incoming` the one in library, as rdfind does.
# Instead: The sets are sorted first: by modification time in fdupes, so that the older copy is kept wherever it lies; by
#          the names of the folders in jdupes (unless -O is given), so that incoming comes before library.
# Matters: The collection loses its photo, and the copy in the folder that is emptied next is the last one. Copies that
#          came out of an archive or through a server are dated earlier or later at will.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack fdupes=1:2.2.1-1 jdupes=1.21.3-1+deb12u1 rdfind=1.5.0-1.1+b1 libpcre2-32-0=10.42-1
run() { LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "debian/usr/bin/$1" "${@:2}" > /dev/null; }

keeps() { # WHO, the DATE of the copy in incoming, WHICH is kept, and how it is called
    rm -rf library incoming
    mkdir library incoming
    echo photo | tee library/a.jpg > incoming/b.jpg
    touch -d 2024-02-02 library/a.jpg
    touch -d "$2" incoming/b.jpg
    run "${@:4}"
    saw "$1, incoming's is dated $2" "$(find library incoming -type f)" "$3"
}
echo "The copy in library is dated 2024-02-02."
keeps fdupes 2024-01-01 incoming/b.jpg fdupes -qrdN library incoming
keeps fdupes 2024-03-03 library/a.jpg fdupes -qrdN library incoming
keeps jdupes 2024-01-01 incoming/b.jpg jdupes -qrdN library incoming
keeps jdupes 2024-03-03 incoming/b.jpg jdupes -qrdN library incoming
keeps 'jdupes -O' 2024-01-01 library/a.jpg jdupes -qOrdN library incoming
keeps rdfind 2024-01-01 library/a.jpg rdfind -deleteduplicates true library incoming
keeps rdfind 2024-03-03 library/a.jpg rdfind -deleteduplicates true library incoming
