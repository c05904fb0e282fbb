// One message as an article: its head with number, role and time, and its parts.

const LONGEST_TEXT = 20000;
const ROLES = {
  user: "User", assistant: "Assistant", system: "System", tool: "Tool",
  compaction: "Compaction", unreadable: "Unreadable",
};
const calls = new Map();

/** Remember the names of the tools that messages call, so that results can be headed by them. */
function noteCalls(messages) {
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.kind === "call" && part.call) calls.set(part.call, part.name);
    }
  }
}

/** Fill an article with a message. */
function fillMessage(article, message) {
  const parts = message.parts.map(partElement);
  if (!parts.length) parts.push(make("p", { class: "note" }, "An empty message"));
  const words = parts.some((part) => !part.classList.contains("fold"));
  article.classList.toggle("folded", !words);
  article.replaceChildren(messageHead(message), make("div", { class: "body", dir: "auto" }, ...parts));
}

function messageHead(message) {
  const role = ROLES[message.role] || message.role;
  const when = message.time ? timeElement(message.time) : null;
  const about = message.turnData || {};
  const link = message.number && make("a", {
    class: "number", href: `#${message.id}`,
    title: `Message ${message.number}, added by change ${message.change}${about.title ? `: ${about.title}` : ""}`,
  }, String(message.number));
  return make("header", { class: "message-head" },
    make("h2", { class: "role" }, role),
    message.model ? make("span", { class: "model" }, message.model) : null,
    when, link || null);
}

function partElement(part) {
  if (part.kind === "text") return make("div", { class: "prose" }, ...cut(part.text, prose));
  if (part.kind === "note") return make("p", { class: "note" }, ...plain(part.text || ""));
  const text = part.text || "";
  const name = part.kind === "thinking" ? "Thinking"
    : part.kind === "result" ? part.name || calls.get(part.call) || "Result"
    : part.name || "Tool";
  const gist = firstLine(part.kind === "call" ? text.replace(/^\w+: ?\n?/, "") : text);
  const rows = text.split("\n").length;
  const summary = make("summary", {},
    make("span", { class: "fold-name" }, ...plain(name)),
    make("span", { class: "gist" }, ...plain(gist)),
    part.kind === "result" && rows > 1 ? make("span", { class: "amount" }, counted(rows, "line")) : null);
  const fold = make("details", { class: `fold ${part.kind}` }, summary);
  fold.addEventListener("toggle", () => {
    if (fold.open && fold.childElementCount === 1) fold.append(...foldedContent(part.kind, text));
  });
  return fold;
}

function foldedContent(kind, text) {
  if (kind === "thinking") return [make("div", { class: "prose" }, ...cut(text, prose))];
  return [make("pre", { tabindex: "0" }, make("code", {}, ...cut(text || "(nothing)", plain)))];
}

function firstLine(text) {
  const line = text.slice(0, 2000).split("\n").find((one) => one.trim()) || "";
  return line.trim().slice(0, 160);
}

/** Show the beginning of a very long text, with a button for the rest. */
function cut(text, show) {
  if (text.length <= LONGEST_TEXT) return show(text);
  const more = make("button", { type: "button", class: "more" }, `Show ${counted(text.length - LONGEST_TEXT, "more character")}`);
  more.addEventListener("click", () => more.replaceWith(...show(text.slice(LONGEST_TEXT))));
  return [...show(text.slice(0, LONGEST_TEXT)), more];
}

/** Guess the height of a message before it is laid out, in pixels. */
function guessedHeight(message) {
  let height = 44;
  for (const part of message.parts) {
    if (part.kind !== "text") { height += 34; continue; }
    const text = part.text || "";
    height += 26 * Math.min(800, Math.ceil(text.length / 85) + (text.match(/\n/g) || []).length);
  }
  return height;
}
