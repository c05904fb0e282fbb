// Search in all messages of the page; a served page asks its server, which has all conversations.

const MOST_HITS = 200;
const searchBox = document.getElementById("search");
const queryBox = document.getElementById("query");
const hitsBox = document.getElementById("hits");
const statusBox = document.getElementById("search-status");
let asking = 0;

function openSearch() {
  if (!searchBox.open) searchBox.showModal();
  queryBox.select();
}

async function search() {
  const mine = ++asking;
  const words = queryBox.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) { hitsBox.replaceChildren(); statusBox.textContent = ""; return; }
  let found;
  try { found = data.served ? await searchServer() : searchPage(words); }
  catch (error) { statusBox.textContent = String(error.message || error); return; }
  if (mine !== asking) return;
  hitsBox.replaceChildren(...found.slice(0, MOST_HITS).map((hit) => hitElement(hit, words)));
  statusBox.textContent = found.length
    ? found.length > MOST_HITS ? `The first ${MOST_HITS} messages` : counted(found.length, "message")
    : "Nothing was found";
}

async function searchServer() {
  const { hits } = await ask(`search.json?q=${encodeURIComponent(queryBox.value)}`);
  return hits;
}

function searchPage(words) {
  const hits = [];
  for (const [number, segment] of [...segments].reverse()) {
    for (const message of segment.messages) {
      const text = message.lower ??= textOf(message).toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      placed(message, number, segment);
      hits.push({ id: message.id, number: message.number, role: message.role, session: nameOf(lines[number]), text: textOf(message) });
      if (hits.length > MOST_HITS) return hits;
    }
  }
  return hits;
}

function hitElement(hit, words) {
  const text = hit.text.replace(/\s+/g, " ");
  const at = Math.max(0, text.toLowerCase().indexOf(words[0]));
  const from = Math.max(0, at - 60);
  const shown = (from ? "…" : "") + text.slice(from, from + 220) + (from + 220 < text.length ? "…" : "");
  return make("li", {}, make("a", { href: `#${hit.id}` },
    make("span", { class: "hit-head" }, ...plain(`${hit.session}${hit.number ? ` · ${hit.number}` : ""} · ${ROLES[hit.role] || hit.role}`)),
    make("span", { class: "hit-text", dir: "auto" }, ...highlighted(shown, words))));
}

function highlighted(text, words) {
  const lower = text.toLowerCase();
  const found = [];
  let at = 0;
  while (at < text.length) {
    const next = words.map((word) => [lower.indexOf(word, at), word.length]).filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0])[0];
    if (!next || lower.length !== text.length) break;
    found.push(...plain(text.slice(at, next[0])), make("mark", {}, ...plain(text.slice(next[0], next[0] + next[1]))));
    at = next[0] + next[1];
  }
  return [...found, ...plain(text.slice(at))];
}

let pause = 0;
queryBox.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(search, data.served ? 200 : 60);
});
queryBox.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") { event.preventDefault(); hitsBox.querySelector("a")?.focus(); }
  if (event.key === "Enter") { event.preventDefault(); hitsBox.querySelector("a")?.click(); }
});
hitsBox.addEventListener("keydown", (event) => {
  const links = [...hitsBox.querySelectorAll("a")];
  const to = links.indexOf(document.activeElement) + ({ ArrowDown: 1, ArrowUp: -1 }[event.key] || 0);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (to < 0) queryBox.focus();
    else links[to]?.focus();
  }
});
hitsBox.addEventListener("click", (event) => { if (event.target.closest("a")) searchBox.close(); });
