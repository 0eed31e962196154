#!/usr/bin/env bash
# nom-exif finds no EXIF in the HEICs of some phones.
#
# Tools:   nom-exif 3.8.0, for comparison kamadak-exif 0.6.1 (crates.io); libheif-examples 1.15.1-1+deb12u1 (heif-enc) and
#          libimage-exiftool-perl 12.57+dfsg-1 (Debian 12) make the files
# Expect:  What says that it reads EXIF from HEIC reads it with and without the six bytes "Exif\0\0" before it: the item
#          begins with a number that says how many bytes come before the EXIF, and that number may be 0.
# Instead: "no exif data found in this file" where it is 0, the answer for a photo that has none. kamadak-exif finds it.
# Matters: heif-enc writes it so, and so does a Galaxy S24 FE: such photos have no date, no camera and no orientation.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

need() { # PACKAGE=VERSION, which has to be installed
    [ "$(dpkg-query -Wf '${Version}' "${1%%=*}" 2> /dev/null)" = "${1#*=}" ] ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" > /dev/null ||
        { echo "install it first, as the superuser: apt-get install $1" >&2; exit 2; }
}
unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need libheif-examples=1.15.1-1+deb12u1
unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
mkdir -p read/src
cat > read/Cargo.toml << 'MANIFEST'
[package]
name = "read"
version = "0.0.0"
edition = "2021"
[dependencies]
nom-exif = "=3.8.0"
kamadak-exif = "=0.6.1"
MANIFEST
cat > read/src/main.rs << 'READ'
fn main() {
    for path in std::env::args().skip(1) {
        let by_nom = match nom_exif::read_exif(&path) {
            Ok(exif) => format!("{:?}", exif.get(nom_exif::ExifTag::Make).and_then(|make| make.as_str())),
            Err(why) => why.to_string(),
        };
        let mut file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let exif = exif::Reader::new().read_from_container(&mut file).unwrap();
        let make = exif.get_field(exif::Tag::Make, exif::In::PRIMARY).unwrap().display_value().to_string();
        println!("nom-exif: {by_nom}; kamadak-exif: {make}");
    }
}
READ
(cd read && cargo build --quiet --jobs 1)

{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } |
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > photo.jpg
PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' -q -overwrite_original -Make=Camera photo.jpg
heif-enc photo.jpg -o photo.heic > /dev/null
maker() { read/target/debug/read "$1"; }
saw "the camera, in the JPEG" "$(maker photo.jpg)" 'nom-exif: Some("Camera"); kamadak-exif: "Camera"'
saw "the camera, in the HEIC" "$(maker photo.heic)" \
    'nom-exif: no exif data found in this file; kamadak-exif: "Camera"'
