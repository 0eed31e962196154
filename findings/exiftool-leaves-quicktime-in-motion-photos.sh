#!/usr/bin/env bash
# exiftool takes the video out of a motion photo only if that is an MP4.
#
# Tools:   exiftool-vendored.pl 13.58.0 (npm), ffmpeg 7:5.1.9-0+deb12u1 makes the videos
# Expect:  `-b -MotionPhotoVideo` gives the video behind the picture, as it does since 13. Google's format (Motion Photo 1.0)
#          names MOV beside MP4 among what may lie there, and a video of Apple's is one.
# Instead: With "video/mp4" in the words, all of it; with "video/quicktime" nothing, only a warning that this is not handled. The
#          same bytes called "video/mp4" do not come either: it looks whether they begin as an MP4 does.
# Matters: Who makes motion photos of Live Photos without coding the video anew writes the second kind. Whoever takes them apart
#          again with exiftool, or asks it which photos have a video, loses those of every iPhone.
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
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

need ffmpeg=7:5.1.9-0+deb12u1
npm install --silent --no-audit --no-fund --prefix . exiftool-vendored.pl@13.58.0
exiftool() { perl node_modules/exiftool-vendored.pl/bin/exiftool -config '' "$@"; }

ffmpeg -v error -f lavfi -i testsrc=s=64x48 -frames:v 1 picture.jpg
ffmpeg -v error -f lavfi -i testsrc=d=1:s=64x48 -pix_fmt yuv420p video.mp4
ffmpeg -v error -i video.mp4 -c copy video.mov
motion() { # VIDEO, what it is called, the photo that is made
    python3 - "$@" << 'MAKE'
import struct, sys
video, kind, name = open(sys.argv[1], 'rb').read(), sys.argv[2], sys.argv[3]
picture = open('picture.jpg', 'rb').read()
part = lambda kind, what, length: (f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="{kind}" '
                                   f'Item:Semantic="{what}" Item:Length="{length}" Item:Padding="0"/></rdf:li>')
words = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
         '<rdf:Description rdf:about="" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
         'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
         'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" GCamera:MotionPhoto="1" '
         'GCamera:MotionPhotoVersion="1" GCamera:MotionPhotoPresentationTimestampUs="0"><Container:Directory><rdf:Seq>'
         + part('image/jpeg', 'Primary', 0) + part(kind, 'MotionPhoto', len(video)) +
         '</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>')
segment = b'http://ns.adobe.com/xap/1.0/\0' + words.encode()
segment = b'\xff\xe1' + struct.pack('>H', len(segment) + 2) + segment
open(name, 'wb').write(picture[:2] + segment + picture[2:] + video)
MAKE
}
taken_out() { # PHOTO, VIDEO: whether the one gives the other
    exiftool -q -q -b -MotionPhotoVideo "$1" > out
    if cmp -s out "$2"; then echo "all of it"; else echo "$(wc -c < out) bytes"; fi
}
motion video.mp4 video/mp4 mp4.jpg
motion video.mov video/quicktime mov.jpg
motion video.mov video/mp4 called.jpg
saw "an MP4" "$(taken_out mp4.jpg video.mp4)" "all of it"
saw "a MOV, called so" "$(taken_out mov.jpg video.mov)" "0 bytes"
saw "  it says" "$(exiftool -s3 -Warning mov.jpg)" "Google trailer MotionPhoto video/quicktime not handled"
saw "the same MOV, called an MP4" "$(taken_out called.jpg video.mov)" "0 bytes"
