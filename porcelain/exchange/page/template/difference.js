// Two conversations side by side, from the message where they part; words that differ are marked.

const ALIKE = 0.5;

/** Show how one conversation differs from another. */
async function openDifference(one, other) {
  const mine = ++opening;
  let sides;
  try { sides = await Promise.all([conversationOf(one), conversationOf(other)]); }
  catch (error) { return showProblem(error); }
  if (mine !== opening) return;
  stopComparing();
  open = null;
  articles = [];
  groups = [];
  chosen = -1;
  nearby.disconnect();
  sides.forEach((side) => noteCalls(side.messages));
  const [before, after] = sides.map((side) => side.messages);
  let shared = 0;
  while (shared < before.length && shared < after.length && before[shared].id === after[shared].id) shared++;
  const rows = aligned(before.slice(shared), after.slice(shared));
  headBox.dataset.kind = "difference";
  headBox.replaceChildren(...differenceHead(one, other, before[shared - 1], shared, rows));
  messagesBox.replaceChildren(make("div", { class: "sides" }, ...rows.map(differenceRow)));
  endBox.hidden = false;
  endBox.textContent = rows.length ? "End of both conversations" : "Nothing differs";
  document.getElementById("bar-title").textContent = "Difference";
  markOpen(-1);
  window.scrollTo(0, 0);
}

function differenceHead(one, other, last, shared, rows) {
  const name = (number) => make("a", { href: `#${lines[number].change}` }, ...plain(nameOf(lines[number])));
  const counts = { changed: 0, removed: 0, added: 0 };
  for (const row of rows) if (row.kind !== "equal") counts[row.kind]++;
  const said = Object.entries(counts).filter(([, count]) => count).map(([kind, count]) => `${counted(count, "message")} ${kind}`);
  const where = last
    ? ["They share ", make("a", { href: `#${last.id}` }, counted(shared, "message")), " and part after that"]
    : ["They share no messages"];
  return [
    make("h1", {}, name(one), make("span", { class: "versus" }, " and "), name(other)),
    make("p", { class: "facts" }, ...where, said.length ? ` · ${said.join(", ")}` : ""),
  ];
}

/** Pair the messages of two conversations: equal ones, and those that are versions of each other. */
function aligned(before, after) {
  const key = (message) => JSON.stringify([message.role, message.parts.map((part) => [part.kind, part.name, part.text])]);
  const rows = [];
  let done = 0;
  let came = 0;
  const equal = (until) => {
    for (; done < until; done++, came++) rows.push({ kind: "equal", before: before[done], after: after[came] });
  };
  for (const [start, end, first, last] of changesBetween(before.map(key), after.map(key))) {
    equal(start);
    rows.push(...paired(before.slice(start, end), after.slice(first, last)));
    done = end;
    came = last;
  }
  equal(before.length);
  return rows;
}

function paired(gone, came) {
  const rows = [];
  for (let place = 0; place < Math.max(gone.length, came.length); place++) {
    const [before, after] = [gone[place], came[place]];
    const alike = before && after && before.role === after.role && likeness(textOf(before), textOf(after)) >= ALIKE;
    if (alike) rows.push({ kind: "changed", before, after });
    else {
      if (before) rows.push({ kind: "removed", before });
      if (after) rows.push({ kind: "added", after });
    }
  }
  return rows;
}

function differenceRow({ kind, before, after }) {
  const row = make("div", { class: `row ${kind}` });
  if (kind === "equal") {
    row.append(differenceSide(after, null));
    return row;
  }
  if (kind === "changed") {
    const [ours, theirs] = wordParts(textOf(before), textOf(after));
    row.append(differenceSide(before, marked(ours, "del")), differenceSide(after, marked(theirs, "ins")));
    return row;
  }
  for (const message of [before, after]) {
    row.append(message ? differenceSide(message, null) : make("div", { class: "side-empty" }));
  }
  return row;
}

function marked(parts, name) {
  return make("div", { class: "changed-text", dir: "auto" },
    ...parts.flatMap(([text, differs]) => (differs ? [make(name, {}, ...plain(text))] : plain(text))));
}

function differenceSide(message, body) {
  const article = make("article", { class: `message ${message.role}`, "aria-label": `Message ${message.number || ""}` });
  fillMessage(article, message);
  if (body) article.querySelector(".body").replaceChildren(body);
  return article;
}

function stopComparing() {
  if (picked >= 0) pick(-1);
}
