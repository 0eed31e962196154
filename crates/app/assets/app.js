// Live progress, and comfort that the pages can do without.
"use strict";

const token = () => document.querySelector("meta[name=token]").content;
const find = (name, within = document) => within.querySelector(`[data-live="${name}"]`);

const size = (bytes) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (bytes >= 1000 && at < units.length - 1) { bytes /= 1000; at += 1; }
  return `${at === 0 || bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)} ${units[at]}`;
};
const count = (number) => number.toLocaleString("en-US");
const time = (seconds) => {
  if (seconds < 60) return `${seconds} s left`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min left`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min left`;
};

function pace(run) {
  const words = [];
  if (run.total_bytes) words.push(`${size(run.bytes)} of ${size(run.total_bytes)}`);
  if (run.total_bytes && run.byte_rate) words.push(`${size(run.byte_rate)}/s`);
  if (run.rate >= 0.1) words.push(`${run.rate < 10 ? run.rate.toFixed(1) : count(Math.round(run.rate))} files/s`);
  if (run.seconds_left !== null) words.push(time(run.seconds_left));
  return words.join(" · ");
}

// What had the focus has it again on the page that answers, or else what is said there.
function keepFocus(element) {
  if (!element || element === document.body) return;
  const { name = "", value = "" } = element;
  sessionStorage.setItem("focus", JSON.stringify([name, value, element.closest("[id]:not(#main)")?.id || ""]));
}
// Shows the state of the run; a page on which a run has just ended is loaded anew, since it shows what came of it.
// It may end before the first news of it comes: the page itself says whether it ran.
let wasRunning = document.getElementById("live")?.hidden === false;
function show(live) {
  const panel = document.getElementById("live");
  if (!panel) return;
  const run = live.running;
  panel.hidden = !run;
  if (!run) {
    if (wasRunning) { keepFocus(document.activeElement); location.reload(); }
    return;
  }
  wasRunning = true;
  for (const button of document.querySelectorAll(".bar button")) button.disabled = true;
  const of = run.total ? ` ${count(run.done)} of ${count(run.total)}` : "";
  const phase = run.cancelling ? "Stopping after the photo in hand" : run.phase + of;
  if (find("phase").textContent !== phase) find("phase").textContent = phase;
  find("pace").textContent = pace(run);
  const bar = find("bar");
  const [done, total] = run.total_bytes ? [run.bytes, run.total_bytes] : [run.done, run.total];
  if (total) { bar.max = total; bar.value = done; } else { bar.removeAttribute("value"); }
  find("current").textContent = run.current || "";
  find("since").value = run.since;
  find("cancel").disabled = run.cancelling;
  picture(run);
  const failures = find("failures");
  failures.replaceChildren(...run.failures.slice(-5).reverse().map((failure) => {
    const line = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = failure.path;
    line.append(name, ` ${failure.error}`);
    return line;
  }));
}

// The picture of the file in hand, a few a second at most.
let pictured = 0;
let asked = 0;
function picture(run) {
  const image = find("picture");
  if (!run.current || run.number === pictured || Date.now() - asked < 700) return;
  pictured = run.number;
  asked = Date.now();
  const next = new Image();
  next.onload = () => { image.src = next.src; image.hidden = false; };
  next.src = `/live/picture?number=${run.number}`;
}

// News comes every five seconds at the latest, unless something on the way keeps it back: then the page asks.
if (document.getElementById("live")) {
  let heard = Date.now() - 5000;
  const take = (live) => { heard = Date.now(); show(live); };
  const events = new EventSource("/events");
  events.addEventListener("state", (event) => take(JSON.parse(event.data)));
  setInterval(async () => {
    if (Date.now() - heard < 8000 || document.hidden) return;
    const live = await fetch("/api/v1/live").then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    if (live) show(live);
  }, 2000);
}

// Times stand on the clock of whoever looks, in the form of theirs; without a script they are those of the server.
{
  const now = new Date();
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  const { hour12 } = Intl.DateTimeFormat([], { hour: "numeric" }).resolvedOptions();
  for (const time of document.querySelectorAll("time[datetime]")) {
    const then = new Date(time.dateTime);
    if (isNaN(then)) continue;
    const is = (day) => then.toDateString() === day.toDateString();
    const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
    const day = is(now) ? "today" : is(yesterday) ? "yesterday"
      : then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year });
    const hour = hour12 ? "numeric" : "2-digit";
    time.textContent = `${day}, ${then.toLocaleTimeString(hour12 ? "en-US" : "en-GB", { hour, minute: "2-digit", hour12 })}`;
    time.title = then.toString();
  }
}

// A form is sent once: its token would not count a second time.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  keepFocus(event.submitter);
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// While a dialog stands over its page, only the dialog can be reached; Escape leaves it as its Cancel does.
if (document.querySelector("[role=dialog]")) {
  document.querySelector(".shell").inert = true;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") location.assign("/");
  });
}

// A photo alone: arrows and swipes lead to its neighbours, Escape back to all of them; a click shows every pixel of it.
const viewer = document.querySelector(".viewer");
if (viewer) {
  const lead = (link) => { if (link) location.replace(link.href); };
  const before = viewer.querySelector("a[rel=prev]");
  const after = viewer.querySelector("a[rel=next]");
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("video, input, textarea")) return;
    if (event.key === "ArrowLeft") lead(before);
    if (event.key === "ArrowRight") lead(after);
    if (event.key === "Escape") lead(viewer.querySelector("[data-close]"));
  });
  let start = null;
  viewer.addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 && !event.target.closest("video, .close") ? event.touches[0] : null;
  }, { passive: true });
  viewer.addEventListener("touchend", (event) => {
    if (!start) return;
    const [x, y] = [event.changedTouches[0].clientX - start.clientX, event.changedTouches[0].clientY - start.clientY];
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) lead(x > 0 ? before : after);
  });
  for (const link of viewer.querySelectorAll(".zoom")) {
    link.addEventListener("click", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      // The point that was clicked stays in view.
      const box = link.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      if (link.classList.toggle("close")) {
        link.scrollLeft = x * (link.scrollWidth - link.clientWidth);
        link.scrollTop = y * (link.scrollHeight - link.clientHeight);
      }
    });
  }
  for (const video of viewer.querySelectorAll("video")) {
    const tell = () => { video.hidden = true; video.nextElementSibling.hidden = false; };
    if (video.error) tell();
    video.addEventListener("error", tell);
  }
  // The next one is there before it is asked for.
  const next = after && /^\/runs\/\d+\/items\/\d+/.exec(after.pathname);
  if (next) new Image().src = `${next[0]}/large`;
}

// A grid of any size: each place has its height at once, and its photos while they are near.
const months = document.querySelector("[data-cells]");
if (months) {
  const places = [...months.querySelectorAll("[data-from]")];
  const lay = () => {
    const style = getComputedStyle(places[0]);
    const columns = style.gridTemplateColumns.split(" ").length;
    const gap = parseFloat(style.rowGap);
    const side = (places[0].clientWidth - gap * (columns - 1)) / columns;
    for (const place of places) {
      const rows = Math.ceil(place.dataset.count / columns);
      place.style.minHeight = `${rows * side + (rows - 1) * gap}px`;
    }
  };
  const fill = async (place) => {
    if (place.dataset.state) return;
    place.dataset.state = "asked";
    const source = new URL(months.dataset.cells, location);
    source.searchParams.set("from", place.dataset.from);
    const answer = await fetch(source).catch(() => null);
    // One that has scrolled away meanwhile stays empty.
    if (!answer?.ok || place.dataset.state !== "asked") { place.dataset.state = ""; return; }
    place.innerHTML = await answer.text();
    place.dataset.state = "full";
  };
  const empty = (place) => {
    if (place.dataset.state === "full" && !place.contains(document.activeElement)) place.replaceChildren();
    if (!place.firstElementChild || place.dataset.state === "asked") place.dataset.state = "";
  };
  for (const place of places) {
    if (place.querySelector(".gap")) place.replaceChildren(); else place.dataset.state = "full";
  }
  if (places.length) {
    lay();
    new ResizeObserver(lay).observe(months);
    const each = (act) => (entries) => { for (const { target, isIntersecting } of entries) act(target, isIntersecting); };
    const near = new IntersectionObserver(each((place, is) => { if (is) fill(place); }), { rootMargin: "1000px" });
    const far = new IntersectionObserver(each((place, is) => { if (!is) empty(place); }), { rootMargin: "5000px" });
    for (const place of places) { near.observe(place); far.observe(place); }
    document.querySelector(".cells :target")?.scrollIntoView({ block: "center" });
  }
}

// What is typed and not saved is not lost by a slip.
for (const form of document.querySelectorAll("form[data-guard]")) {
  const before = form.dataset.guard === "unsaved" ? null : new URLSearchParams(new FormData(form)).toString();
  window.addEventListener("beforeunload", (event) => {
    if (!form.dataset.sent && new URLSearchParams(new FormData(form)).toString() !== before) event.preventDefault();
  });
}

// The next times of a schedule, as it is typed.
const schedule = document.querySelector("form.schedule");
if (schedule) {
  let asked = 0;
  const preview = async () => {
    const number = ++asked;
    const query = new URLSearchParams(new FormData(schedule));
    query.delete("token");
    query.delete("made_from");
    const answer = await fetch(`/schedules/preview?${query}`).then((response) => response.json()).catch(() => null);
    if (!answer || number !== asked) return;
    schedule.querySelector("[data-upcoming]").replaceChildren(...answer.times.map((words) => {
      const time = document.createElement("li");
      time.className = "num";
      time.textContent = words;
      return time;
    }));
    schedule.querySelector("[data-wrong]").textContent = answer.wrong || "";
  };
  schedule.addEventListener("input", preview);
  for (const [field, kind] of [["time", "daily"], ["minutes", "every"], ["cron", "cron"]]) {
    schedule.querySelector(`input[name=${field}]`).addEventListener("focus", () => {
      schedule.querySelector(`#${kind}`).checked = true;
      preview();
    });
  }
}

// Where the focus was, or at what is said now; in a grid at the photo that one comes from. The page may name a field itself.
{
  const kept = JSON.parse(sessionStorage.getItem("focus"));
  sessionStorage.removeItem("focus");
  const grid = document.querySelector(".cells :target a, .group :target a");
  if (grid) grid.focus({ preventScroll: true });
  else if (kept && document.activeElement === document.body && !document.querySelector("[autofocus]")) {
    const [name, value, id] = kept;
    const same = name && document.querySelector(`button[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    const target = same || (id && document.getElementById(id)) || document.querySelector(".said, .headline, h1");
    if (target) {
      if (target.tabIndex < 0) target.tabIndex = -1;
      target.focus({ preventScroll: true });
    }
  }
}
