// Addresses, keys and buttons.

const THEMES = ["auto", "light", "dark"];
const side = document.getElementById("side");
const sideButton = document.getElementById("show-tree");

/** Show what the address names: a conversation, a message of it, or a difference. */
async function follow() {
  const parts = location.hash.slice(1).split("/");
  closeSide();
  if (parts[0] === "diff") {
    const found = [await lineOfChange(parts[1] || "?"), await lineOfChange(parts[2] || "?")];
    if (found.every((number) => number !== undefined)) return openDifference(...found);
    return showProblem(new Error("The page does not have both of these conversations"));
  }
  const [change, number] = parts;
  if (!change || change === "conversation") return lines.length ? openConversation(firstLineShown()) : drawEmpty();
  const id = number ? { change, number: Number(number) } : null;
  if (id && open && open.messages.some((message) => matches(message, id))) return openConversation(open.line, id);
  const line = await lineOfChange(change);
  if (line === undefined) return showProblem(new Error("The page has no such change; it may have been rewritten, or is not part of this page"));
  return openConversation(line, id);
}

function firstLineShown() {
  const current = lines.findIndex((line) => line.current);
  return current >= 0 ? current : entries.length ? entries[0][0] : 0;
}

function drawEmpty() {
  headBox.replaceChildren(make("h1", {}, "No conversations yet"));
}

function openSide() {
  side.classList.add("open");
  sideButton.setAttribute("aria-expanded", "true");
  (treeBox.querySelector("[aria-current]") || treeBox.querySelector("a") || filterBox).focus();
}

function closeSide() {
  side.classList.remove("open");
  sideButton.setAttribute("aria-expanded", "false");
}

function compare() {
  if (picked >= 0) pick(-1);
  else if (open) { pick(open.line); openSide(); }
}

function foldChosen() {
  const article = articles.length ? articles[Math.max(0, placeInSight())] : null;
  const folds = article ? [...article.querySelectorAll("details")] : [];
  const opens = folds.some((fold) => !fold.open);
  folds.forEach((fold) => { fold.open = opens; });
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => stepPrompt(1),
  p: () => stepPrompt(-1),
  g: () => choose(0),
  G: () => choose(articles.length - 1),
  o: foldChosen,
  "/": openSearch,
  t: openSide,
  c: compare,
  "?": () => document.getElementById("help").showModal(),
  Escape: () => { stopComparing(); closeSide(); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key !== "Escape" && event.target.closest("input, textarea, select")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function nextTheme() {
  const root = document.documentElement;
  const now = root.dataset.theme || "auto";
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
  root.dataset.theme = next;
  document.getElementById("theme").textContent = next === "auto" ? "Theme" : `Theme: ${next}`;
}

sideButton.addEventListener("click", () => (side.classList.contains("open") ? closeSide() : openSide()));
document.getElementById("show-search").addEventListener("click", openSearch);
document.getElementById("show-compare").addEventListener("click", compare);
document.getElementById("show-help").addEventListener("click", KEYS["?"]);
document.getElementById("theme").addEventListener("click", nextTheme);
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("conversation").focus();
});
document.getElementById("conversation").addEventListener("click", closeSide);
window.addEventListener("hashchange", follow);

arrange();
drawTree();
follow();
