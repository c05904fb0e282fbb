"use strict";
// The data of the page: lines of the tree, and what each adds to the line that it parts from.

const data = JSON.parse(document.getElementById("data").textContent);
const lines = data.lines;
const segments = new Map();
if (data.segments) data.segments.forEach((segment, number) => segments.set(number, segment));

/** Return what a line adds; a served page asks its server for it once. */
async function segmentOf(number) {
  if (!segments.has(number)) {
    const line = lines[number];
    const answer = line.turns
      ? await ask(`line/${line.key}.json`)
      : { kept: line.kept, turns: [], messages: [] };
    segments.set(number, answer);
  }
  return segments.get(number);
}

async function ask(path) {
  const answer = await fetch(path, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(await answer.text() || `The server answered ${answer.status}`);
  return answer.json();
}

/** Return the numbers of a line and of those that it goes back to, the first one first. */
function lineage(number) {
  const found = [];
  for (let at = number; at !== null && at !== undefined; at = lines[at].parent) found.unshift(at);
  return found;
}

/** Return the messages of the conversation at the end of a line, each with its change. */
async function conversationOf(number) {
  let messages = [];
  const problems = [];
  for (const at of lineage(number)) {
    const segment = await segmentOf(at);
    const kept = segment.kept;
    while (messages.length && messages[messages.length - 1].row > kept) messages.pop();
    for (const message of segment.messages) messages.push(placed(message, at, segment));
    if (segment.problem) problems.push(segment.problem);
  }
  return { line: number, messages, problems };
}

function placed(message, line, segment) {
  if (!message.change) {
    const turn = segment.turns[message.turn];
    message.change = turn.change;
    message.line = line;
    message.turnData = turn;
    message.id = `${turn.change}/${message.number || `row-${message.row}`}`;
  }
  return message;
}

/** Tell whether a change id, as the page has it, is meant by one of any length. */
function isChange(known, named) {
  return known.startsWith(named) || named.startsWith(known);
}

/** Return the line to show for a link to a change, or undefined. */
async function lineOfChange(change) {
  const known = lines.findIndex((line) => isChange(line.change, change));
  if (known >= 0) return known;
  for (const [number, segment] of segments) {
    if (segment.turns.some((turn) => isChange(turn.change, change))) return number;
  }
  if (!data.served) return undefined;
  const found = await ask(`change/${encodeURIComponent(change)}.json`).catch(() => null);
  const number = found ? lines.findIndex((line) => line.key === found.key) : -1;
  return number >= 0 ? number : undefined;
}

/** Return a name for a line: its sessions, or else its title. */
function nameOf(line) {
  return (line.sessions || []).join(", ") || line.title || line.change;
}

function textOf(message) {
  return message.parts.map((part) => [part.name, part.text].filter(Boolean).join(" ")).join("\n");
}

/** Make an element; strings among its children become text. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

const shortTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const longTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium" });

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

function timeElement(text, form = shortTime) {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return null;
  return make("time", { datetime: text, title: longTime.format(moment) }, form.format(moment));
}
