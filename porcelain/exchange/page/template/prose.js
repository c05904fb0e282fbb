// Text of a transcript as elements: code, lists, headings, links. All of it becomes text nodes; no
// markup of a transcript is ever parsed as HTML.

const LONGEST_LINE = 4000;
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
const HIDDEN_RUN = new RegExp(`(${HIDDEN.source})`, "g");
const INLINE = /(`{1,3})([^`]{1,2000})\1|\*\*([^*\n]{1,1000})\*\*|\*([^*\s][^*\n]{0,500})\*|\[([^\]\[\n]{1,300})\]\(([^()\s]{1,1000})\)|\bhttps?:\/\/[^\s<>"'`)\]]{1,1000}/g;

/** Return a text as nodes, in which control characters and changes of direction are visible. */
function plain(text) {
  if (!HIDDEN.test(text)) return [document.createTextNode(text)];
  return text.split(HIDDEN_RUN).filter(Boolean).map((part) =>
    HIDDEN.test(part)
      ? make("span", { class: "control", title: "a control character" }, `U+${part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`)
      : document.createTextNode(part));
}

/** Return a text with its code, emphasis and links as elements. */
function inline(text) {
  if (text.length > LONGEST_LINE) return plain(text);
  const found = [];
  let done = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push(...plain(text.slice(done, match.index)));
    found.push(...inlineElement(match));
    done = match.index + match[0].length;
  }
  found.push(...plain(text.slice(done)));
  return found;
}

function inlineElement(match) {
  if (match[2] !== undefined) return [make("code", {}, ...plain(match[2]))];
  if (match[3] !== undefined) return [make("strong", {}, ...plain(match[3]))];
  if (match[4] !== undefined) return [make("em", {}, ...plain(match[4]))];
  if (match[5] !== undefined) return link(match[6], match[5]) || plain(match[0]);
  const address = match[0].replace(/[.,;:!?]+$/, "");
  return [...(link(address, address) || plain(address)), ...plain(match[0].slice(address.length))];
}

/** Return a link with its destination beside it where the text is another; null if it is none. */
function link(address, text) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  const options = { href: url.href, rel: "noopener noreferrer nofollow", target: "_blank", title: url.href };
  const made = [make("a", options, ...plain(text))];
  if (text !== address) made.push(make("span", { class: "leads" }, ` (${url.host || url.href})`));
  return made;
}

/** Return a text as blocks. */
function prose(text) {
  const blocks = [];
  const rows = text.replace(/\r\n?/g, "\n").split("\n");
  let at = 0;
  let gathered = [];
  const flush = () => {
    const said = gathered.join("\n").trim();
    if (said) blocks.push(make("p", {}, ...inline(said)));
    gathered = [];
  };
  while (at < rows.length) {
    const row = rows[at];
    const block = row.length <= LONGEST_LINE ? blockAt(rows, at) : null;
    if (block) {
      flush();
      blocks.push(block.element);
      at = block.next;
    } else {
      if (row.trim()) gathered.push(row);
      else flush();
      at++;
    }
  }
  flush();
  return blocks;
}

function blockAt(rows, at) {
  const row = rows[at];
  const fence = /^\s{0,3}(`{3,}|~{3,})\s*([\w.+#-]{0,40})/.exec(row);
  if (fence) return fenced(rows, at, fence);
  const heading = /^(#{1,6})\s+(\S.*)$/.exec(row);
  if (heading) {
    return { element: make("p", { class: "heading" }, ...inline(heading[2])), next: at + 1 };
  }
  if (/^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/.test(row)) return { element: make("hr"), next: at + 1 };
  if (/^>\s?/.test(row)) return quoted(rows, at);
  if (LISTED.test(row)) return listed(rows, at);
  if (row.includes("|") && isRule(rows[at + 1] || "")) return tabled(rows, at);
  return null;
}

function fenced(rows, at, fence) {
  const code = [];
  let next = at + 1;
  while (next < rows.length && !rows[next].trim().startsWith(fence[1])) code.push(rows[next++]);
  return { element: codeBlock(code.join("\n"), fence[2]), next: next + 1 };
}

function codeBlock(text, language) {
  const pre = make("pre", { tabindex: "0" }, make("code", {}, ...plain(text)));
  return language ? make("figure", { class: "code" }, make("figcaption", {}, language), pre) : pre;
}

function quoted(rows, at) {
  const inner = [];
  let next = at;
  while (next < rows.length && /^>/.test(rows[next])) inner.push(rows[next++].replace(/^>\s?/, ""));
  return { element: make("blockquote", {}, make("p", {}, ...inline(inner.join("\n")))), next };
}

const LISTED = /^(\s{0,20})(?:[-*+•]|(\d{1,4})[.)])\s+(\S.*)$/;

function listed(rows, at) {
  const first = LISTED.exec(rows[at]);
  const depth = first[1].length;
  const list = make(first[2] ? "ol" : "ul", first[2] ? { start: first[2] } : {});
  let next = at;
  while (next < rows.length) {
    const item = LISTED.exec(rows[next]);
    if (item && item[1].length > depth && list.lastChild) {
      const inner = listed(rows, next);
      list.lastChild.append(inner.element);
      next = inner.next;
    } else if (item && item[1].length === depth && Boolean(item[2]) === Boolean(first[2])) {
      list.append(make("li", {}, ...inline(item[3])));
      next++;
    } else if (!item && /^\s{2,}\S/.test(rows[next]) && list.lastChild && rows[next].length <= LONGEST_LINE) {
      list.lastChild.append("\n", ...inline(rows[next].trim()));
      next++;
    } else break;
  }
  return { element: list, next };
}

function isRule(row) {
  return row.length < 500 && row.includes("--") && /^[\s:|-]+$/.test(row);
}

function tabled(rows, at) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const head = make("tr", {}, ...cells(rows[at]).map((cell) => make("th", { scope: "col" }, ...inline(cell))));
  const body = make("tbody");
  let next = at + 2;
  while (next < rows.length && rows[next].includes("|") && rows[next].length <= LONGEST_LINE) {
    body.append(make("tr", {}, ...cells(rows[next++]).map((cell) => make("td", {}, ...inline(cell)))));
  }
  const table = make("table", {}, make("thead", {}, head), body);
  return { element: make("div", { class: "table", tabindex: "0" }, table), next };
}
