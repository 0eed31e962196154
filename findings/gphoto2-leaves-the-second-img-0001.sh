#!/usr/bin/env bash
# gphoto2 --skip-existing leaves photos on the card whose name came from another folder of the same card.
#
# Tool:    gphoto2 2.5.28-2 (Debian 12), with its "Directory Browse" camera, which is a card that is mounted
# Expect:  --get-all-files gets all files; --skip-existing leaves out those that an earlier run has brought, so that it can be run
#          again.
# Instead: What exists is asked by name in the folder at home, and cameras count IMG_0001 to IMG_9999 and then begin the next
#          folder. The first IMG_0001.JPG of the run takes the name, and the one of the next folder, another photo, is "existing":
#          skipped in an empty folder, with exit code 0. It is skipped in all later runs, too.
# Matters: "All files" were fetched without an error, and the card is emptied. Names with the camera's number of the photo keep
#          both apart (--filename '%n-%f.%C').
# Seen:    2026-11-30
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

need gphoto2=2.5.28-2
export HOME=$work
mkdir -p card/DCIM/100APPLE card/DCIM/101APPLE home numbered
echo 'the first photo' > card/DCIM/100APPLE/IMG_0001.JPG
echo 'a photo, ten thousand later' > card/DCIM/101APPLE/IMG_0001.JPG
camera() { # FOLDER, OPTION...: gphoto2 with the card, working in that folder
    (cd "$1" && gphoto2 --quiet --port "disk:$work/card" --camera 'Directory Browse' "${@:2}" < /dev/null)
}
saw "photos on the card" "$(camera home --list-files | grep -c 'IMG_0001.JPG')" 2
for run in first second; do
    code=0
    camera home --get-all-files --skip-existing > said 2>&1 || code=$?
    saw "$run run into an empty folder: exit code" "$code" 0
    saw "  at home" "$(cd home && grep -r . | sort | xargs -d '\n')" 'IMG_0001.JPG:the first photo'
done
camera numbered --get-all-files --skip-existing --filename '%n-%f.%C' > said 2>&1
saw "names with the number: at home" "$(cd numbered && cat -- * | sort | paste -sd ';')" \
    'a photo, ten thousand later;the first photo'
