// The open conversation. Its messages stand in groups, and a group is filled when it comes near the
// screen, so that what is not seen is not laid out.

const AT_A_TIME = 25;
const messagesBox = document.getElementById("messages");
const headBox = document.getElementById("head");
const endBox = document.getElementById("end");
let open = null;
let articles = [];
let groups = [];
let chosen = -1;
let opening = 0;

const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) fill(Number(entry.target.dataset.first));
}, { rootMargin: "1500px 0px" });

/** Fill the group that a message is in. */
function fill(place) {
  const group = groups[Math.floor(place / AT_A_TIME)];
  if (!group || group.childElementCount) return;
  nearby.unobserve(group);
  const first = Number(group.dataset.first);
  open.messages.slice(first, first + AT_A_TIME).forEach((message, at) => {
    articles[first + at] = articleOf(message);
    group.append(articles[first + at]);
  });
  group.style.minHeight = "";
}

function articleOf(message) {
  const article = make("article", {
    class: `message ${message.role}`, tabindex: "-1", id: message.id,
    "aria-label": `${message.number ? `Message ${message.number}, ` : ""}${ROLES[message.role] || message.role}`,
  });
  fillMessage(article, message);
  return article;
}

function fillAll() {
  groups.forEach((group) => fill(Number(group.dataset.first)));
}

/** Open the conversation at the end of a line; go to one of its messages, or to its first one. */
async function openConversation(number, id) {
  const mine = ++opening;
  stopComparing();
  if (!open || open.line !== number || headBox.dataset.kind !== "conversation") {
    let found;
    try { found = await conversationOf(number); } catch (error) { return showProblem(error); }
    if (mine !== opening) return;
    show(found);
  }
  markOpen(number);
  const place = id ? open.messages.findIndex((message) => matches(message, id)) : -1;
  if (place >= 0) choose(place, { focus: true });
  else if (!id) window.scrollTo(0, 0);
}

function matches(message, id) {
  return isChange(message.change, id.change) && message.number === id.number;
}

function show(found) {
  open = found;
  chosen = -1;
  noteCalls(found.messages);
  headBox.dataset.kind = "conversation";
  headBox.replaceChildren(...headOf(found));
  document.getElementById("bar-title").textContent = nameOf(lines[found.line]);
  nearby.disconnect();
  articles = new Array(found.messages.length);
  groups = [];
  for (let first = 0; first < found.messages.length; first += AT_A_TIME) {
    const group = make("div", { class: "group", "data-first": first });
    const height = found.messages.slice(first, first + AT_A_TIME).reduce((sum, one) => sum + guessedHeight(one), 0);
    group.style.minHeight = `${height}px`;
    group.style.containIntrinsicSize = `auto ${height}px`;
    groups.push(group);
  }
  messagesBox.replaceChildren(...groups);
  fill(0);
  groups.slice(1).forEach((group) => nearby.observe(group));
  endBox.hidden = false;
  endBox.textContent = found.messages.length
    ? "End of the conversation"
    : "This conversation has no messages yet";
  performance.mark("conversation");
}

function headOf(found) {
  const line = lines[found.line];
  const made = [make("h1", {}, ...plain(line.title || nameOf(line)))];
  const names = [...(line.sessions || []), ...(line.tags || [])].map((name) => make("span", { class: "chip" }, ...plain(name)));
  if (names.length) made.push(make("p", { class: "chips" }, ...names));
  const facts = [line.agent, line.model, line.project, line.branch, counted(line.messages || 0, "message")].filter(Boolean);
  const when = line.time ? timeElement(line.time, day) : null;
  made.push(make("p", { class: "facts" }, ...plain(facts.join(" · ")), ...(when ? [" · ", when] : [])));
  made.push(...originOf(found.line));
  for (const problem of found.problems) made.push(make("p", { class: "warning" }, ...plain(`Part of it cannot be read: ${problem}`)));
  if (line.conflict) made.push(make("p", { class: "warning" }, "It has unresolved conflicts; the first side of each is shown."));
  return made;
}

/** Say where a conversation parts from another, or which message started it. */
function originOf(number) {
  const line = lines[number];
  const made = [];
  if (line.parent !== null && line.parent !== undefined) {
    const parent = lines[line.parent];
    const verb = line.turns ? "Parts from" : "Ends within";
    const link = make("a", { href: `#${parent.change}` }, ...plain(nameOf(parent)));
    made.push(make("p", { class: "origin" }, `${verb} `, link, ` after message ${line.after || 0}`));
  }
  const segment = segments.get(number);
  if (segment && segment.startedBy) {
    const { session, number: at, text } = segment.startedBy;
    made.push(make("p", { class: "origin" }, ...plain(`Started by ${at ? `message ${at} of ` : ""}${session}${text ? `: ${text}` : ""}`)));
  }
  return made;
}

/** Make a message the chosen one and bring it to the screen. */
function choose(place, { focus = false } = {}) {
  if (!articles.length) return;
  place = Math.max(0, Math.min(articles.length - 1, place));
  if (articles[chosen]) articles[chosen].classList.remove("chosen");
  chosen = place;
  for (const near of [place - AT_A_TIME, place, place + AT_A_TIME]) fill(near);
  const article = articles[place];
  article.classList.add("chosen");
  if (focus) article.focus({ preventScroll: true });
  article.scrollIntoView({ block: "start" });
  requestAnimationFrame(() => article.scrollIntoView({ block: "start" }));
}

/** Return the place of the chosen message if it is in sight, else of the first one that is. */
function placeInSight() {
  if (articles[chosen]) {
    const box = articles[chosen].getBoundingClientRect();
    if (box.bottom > 60 && box.top < window.innerHeight) return chosen;
  }
  const group = Math.max(0, firstBelow(groups));
  fill(group * AT_A_TIME);
  const place = group * AT_A_TIME + firstBelow([...groups[group].children]);
  return chosen < 0 ? place - 1 : place;
}

/** Return the place of the first of some elements that ends below the top of the screen. */
function firstBelow(elements) {
  let low = 0;
  let high = elements.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (elements[middle].getBoundingClientRect().bottom > 70) high = middle;
    else low = middle + 1;
  }
  return low;
}

function step(by) {
  if (articles.length) choose(placeInSight() + by);
}

/** Go to the next or the previous message of the user. */
function stepPrompt(by) {
  if (!articles.length) return;
  let place = placeInSight() + by;
  while (place >= 0 && place < articles.length && open.messages[place].role !== "user") place += by;
  if (place >= 0 && place < articles.length) choose(place);
}

function showProblem(error) {
  headBox.dataset.kind = "problem";
  headBox.replaceChildren(make("h1", {}, "This cannot be shown"), make("p", { class: "warning" }, ...plain(String(error.message || error))));
  messagesBox.replaceChildren();
  endBox.hidden = true;
  articles = [];
  groups = [];
  open = null;
}

window.addEventListener("beforeprint", fillAll);
