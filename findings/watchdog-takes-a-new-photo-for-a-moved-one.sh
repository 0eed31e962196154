#!/usr/bin/env bash
# watchdog says that a photo was renamed when it was deleted and another one arrived.
#
# Tool:    watchdog 7.1.0 (PyPI), its PollingObserver, in a folder on ext4
# Expect:  A photo that is deleted and one of another name, size and content that comes are told as what they are: one deleted, one
#          created.
# Instead: Both looks at the folder are compared by the number of the inode alone, and ext4 gives the number of the deleted file to
#          the next one: "moved" from the one name to the other, and neither deleted nor created. On tmpfs, where no number comes
#          twice soon, it is right, so tests in memory do not see it.
# Matters: Polling is what is advised for network folders, and a card that is emptied and filled again is such a folder. A program
#          that keeps its record of the photo (date, album, "uploaded already") through a rename takes the new photo for the old
#          one, and does not upload it.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

python3 -m venv env
env/bin/pip install -q --disable-pip-version-check watchdog==7.1.0
cat > watch.py << 'WATCH'
import os, sys, threading, time
from watchdog.events import FileSystemEventHandler
from watchdog.observers.polling import PollingObserver

folder = sys.argv[1]
first, second = os.path.join(folder, "IMG_0001.JPG"), os.path.join(folder, "IMG_0002.JPG")
told, something = [], threading.Event()
class Tell(FileSystemEventHandler):
    def on_any_event(self, event):
        if not event.is_directory:
            target = os.path.basename(event.dest_path) if event.event_type == "moved" else ""
            told.append(f"{event.event_type} {os.path.basename(event.src_path)} {target}".strip())
            something.set()

with open(first, "w") as photo:
    photo.write("a photo")
number = os.stat(first).st_ino
observer = PollingObserver(timeout=3)
observer.schedule(Tell(), folder)
observer.start()
os.remove(first)
with open(second, "w") as photo:
    photo.write("another photo, and a longer one")
if os.stat(second).st_ino != number and sys.argv[2] == "same":
    sys.exit("the folder for temporary files is not on ext4: set TMPDIR to one that is")
something.wait(60)
time.sleep(1)
observer.stop()
observer.join()
print(", ".join(sorted(event for event in told if not event.startswith(("modified", "opened", "closed")))))
WATCH
mkdir photos
in_memory=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work" "$in_memory"' EXIT
env/bin/python watch.py photos same > told || exit 2
saw "on ext4" "$(cat told)" 'moved IMG_0001.JPG IMG_0002.JPG'
saw "in memory" "$(env/bin/python watch.py "$in_memory" other)" 'created IMG_0002.JPG, deleted IMG_0001.JPG'
