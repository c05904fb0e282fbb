// The tree of conversations: a list of links, forks indented below the line that they part from.
// Entries are made when they come near the screen.

const AT_ONCE = 150;
const treeBox = document.getElementById("tree");
const filterBox = document.getElementById("filter");
const children = new Map();
const shownTurns = new Set();
let entries = [];
let made = 0;
let openLine = -1;
let picked = -1;

const below = new IntersectionObserver((seen) => {
  if (seen.some((entry) => entry.isIntersecting)) grow(AT_ONCE);
}, { root: null, rootMargin: "600px 0px" });

/** Read the lines anew: those without a parent newest first, forks in the order of their places. */
function arrange() {
  children.clear();
  lines.forEach((line, number) => {
    const key = line.parent === null || line.parent === undefined ? -1 : line.parent;
    if (!children.has(key)) children.set(key, []);
    children.get(key).push(number);
  });
  const newest = new Map();
  for (let number = lines.length - 1; number >= 0; number--) {
    const own = lines[number].time || "";
    const best = newest.get(number) > own ? newest.get(number) : own;
    newest.set(number, best);
    const parent = lines[number].parent;
    if (parent !== null && parent !== undefined && !(newest.get(parent) > best)) newest.set(parent, best);
  }
  (children.get(-1) || []).sort((a, b) => (newest.get(b) < newest.get(a) ? -1 : newest.get(b) > newest.get(a) ? 1 : b - a));
  for (const [key, numbers] of children) if (key >= 0) numbers.sort((a, b) => lines[a].kept - lines[b].kept || a - b);
}

function wanted(number, words) {
  const line = lines[number];
  const text = [...(line.sessions || []), ...(line.tags || []), line.title, line.agent, line.project, line.branch, line.change]
    .filter(Boolean).join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function drawTree() {
  const words = filterBox.value.toLowerCase().split(/\s+/).filter(Boolean);
  entries = [];
  const pending = (children.get(-1) || []).map((number) => [number, 0]).reverse();
  while (pending.length) {
    const [number, depth] = pending.pop();
    if (!words.length || wanted(number, words)) entries.push([number, words.length ? 0 : depth]);
    for (const child of (children.get(number) || []).slice().reverse()) pending.push([child, depth + 1]);
  }
  made = 0;
  below.disconnect();
  treeBox.replaceChildren();
  grow(AT_ONCE);
  if (!entries.length) treeBox.append(make("li", { class: "note" }, lines.length ? "Nothing fits" : "There are no conversations yet"));
}

function grow(count) {
  const last = treeBox.lastElementChild;
  if (last) below.unobserve(last);
  const part = document.createDocumentFragment();
  for (const [number, depth] of entries.slice(made, made + count)) part.append(treeEntry(number, depth));
  made = Math.min(entries.length, made + count);
  treeBox.append(part);
  if (made < entries.length) below.observe(treeBox.lastElementChild);
}

function treeEntry(number, depth) {
  const line = lines[number];
  const names = (line.sessions || []).join(", ");
  const facts = [
    line.parent !== null && line.parent !== undefined ? `${line.turns ? "from" : "ends at"} ${line.after || 0}` : line.agent,
    counted(line.messages || 0, "message"),
    line.project,
  ].filter(Boolean).join(" · ");
  const when = line.time ? timeElement(line.time, day) : null;
  const link = make("a", { class: "entry", href: `#${line.change}`, "data-line": number, "aria-current": number === openLine ? "page" : null },
    make("span", { class: "entry-title" }, ...plain(line.title || line.change)),
    names || line.tags ? make("span", { class: "entry-names" },
      ...(line.sessions || []).map((name) => make("span", { class: "chip" }, ...plain(name))),
      ...(line.tags || []).map((name) => make("span", { class: "chip tag" }, ...plain(name)))) : null,
    make("span", { class: "entry-facts" }, ...plain(facts), ...(when ? [" · ", when] : [])));
  const item = make("li", { class: "line", "data-line": number }, link);
  item.style.setProperty("--depth", Math.min(depth, 8));
  if (line.turns > 1) item.append(turnsOf(number, line));
  item.classList.toggle("picked-line", number === picked);
  return item;
}

/** Return the folded list of a line's turns, which is read when it is opened. */
function turnsOf(number, line) {
  const fold = make("details", { class: "turns" }, make("summary", {}, counted(line.turns, "turn")));
  fold.addEventListener("toggle", async () => {
    if (!fold.open) { shownTurns.delete(number); return; }
    shownTurns.add(number);
    if (fold.childElementCount > 1) return;
    const segment = await segmentOf(number);
    const first = new Map();
    for (const message of segment.messages) if (message.number && !first.has(message.turn)) first.set(message.turn, message);
    const list = make("ol", {});
    segment.turns.forEach((turn, place) => {
      const message = first.get(place);
      const target = message ? `#${turn.change}/${message.number}` : `#${turn.change}`;
      list.append(make("li", {}, make("a", { href: target }, ...plain(turn.title || turn.change))));
    });
    fold.append(list);
  });
  fold.open = shownTurns.has(number);
  return fold;
}

function markOpen(number) {
  openLine = number;
  for (const entry of treeBox.querySelectorAll("[aria-current]")) entry.removeAttribute("aria-current");
  const place = entries.findIndex(([line]) => line === number);
  if (place >= made) grow(place - made + AT_ONCE);
  const entry = treeBox.querySelector(`a.entry[data-line="${number}"]`);
  if (entry) {
    entry.setAttribute("aria-current", "page");
    entry.scrollIntoView({ block: "nearest" });
  }
}

/** Pick a line to compare with; picking a second one compares. */
function pick(number) {
  picked = number;
  for (const item of treeBox.querySelectorAll(".picked-line")) item.classList.remove("picked-line");
  const item = treeBox.querySelector(`li.line[data-line="${number}"]`);
  if (item) item.classList.add("picked-line");
  const note = document.getElementById("picked");
  note.hidden = number < 0;
  note.replaceChildren(...(number < 0 ? [] : [
    "Compare ", make("strong", {}, ...plain(nameOf(lines[number]))), " with: choose a conversation, or press Esc"]));
  document.getElementById("show-compare").setAttribute("aria-pressed", String(number >= 0));
}

function moveInTree(event) {
  const links = [...treeBox.querySelectorAll("a")].filter((link) => link.offsetParent !== null);
  const at = links.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    if (to < 0) filterBox.focus();
    else if (links[to]) links[to].focus();
    return;
  }
  const fold = document.activeElement.closest("li.line")?.querySelector("details");
  if (fold && (event.key === "ArrowRight" || event.key === "ArrowLeft")) fold.open = event.key === "ArrowRight";
}

treeBox.addEventListener("keydown", moveInTree);
treeBox.addEventListener("click", (event) => {
  const entry = event.target.closest("a.entry");
  if (!entry || picked < 0) return;
  const number = Number(entry.dataset.line);
  if (number === picked) return;
  event.preventDefault();
  location.hash = `diff/${lines[picked].change}/${lines[number].change}`;
});
filterBox.addEventListener("input", drawTree);
filterBox.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown") return;
  event.preventDefault();
  treeBox.querySelector("a")?.focus();
});
