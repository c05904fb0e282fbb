// Differences between sequences: messages, lines and words.

const MOST_STEPS = 1500;

/**
 * Return the places where two sequences differ, as [start, end, start, end], in order.
 *
 * This is Myers' algorithm. Sequences that differ in more places than it may take steps for count
 * as different as a whole, between their equal ends.
 */
function changesBetween(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let tail = 0;
  while (
    tail < before.length - start && tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) tail++;
  const ours = before.slice(start, before.length - tail);
  const theirs = after.slice(start, after.length - tail);
  if (!ours.length && !theirs.length) return [];
  if (!ours.length || !theirs.length) {
    return [[start, start + ours.length, start, start + theirs.length]];
  }
  const pairs = equalPairs(ours, theirs);
  if (pairs === null) return [[start, start + ours.length, start, start + theirs.length]];
  return gapsBetween(pairs, ours.length, theirs.length)
    .map(([a, b, c, d]) => [a + start, b + start, c + start, d + start]);
}

/** Return the pairs of places that a shortest edit keeps, or null where it takes too many steps. */
function equalPairs(ours, theirs) {
  const width = ours.length + theirs.length;
  const most = Math.min(width, MOST_STEPS);
  const furthest = new Int32Array(2 * most + 3);
  const middle = most + 1;
  const trace = [];
  for (let steps = 0; steps <= most; steps++) {
    trace.push(furthest.slice(middle - steps - 1, middle + steps + 2));
    for (let line = -steps; line <= steps; line += 2) {
      const down = line === -steps ||
        (line !== steps && furthest[middle + line - 1] < furthest[middle + line + 1]);
      let x = down ? furthest[middle + line + 1] : furthest[middle + line - 1] + 1;
      while (x < ours.length && x - line < theirs.length && ours[x] === theirs[x - line]) x++;
      furthest[middle + line] = x;
      if (x >= ours.length && x - line >= theirs.length) return pairsOf(trace, ours.length, theirs.length);
    }
  }
  return null;
}

function pairsOf(trace, width, height) {
  const pairs = [];
  let x = width;
  let y = height;
  for (let steps = trace.length - 1; steps >= 0; steps--) {
    const at = (line) => trace[steps][line + steps + 1];
    const line = x - y;
    const down = line === -steps || (line !== steps && at(line - 1) < at(line + 1));
    const before = down ? line + 1 : line - 1;
    const fromX = steps ? at(before) : 0;
    const fromY = steps ? fromX - before : 0;
    while (x > fromX && y > fromY) pairs.push([--x, --y]);
    x = fromX;
    y = fromY;
  }
  return pairs.reverse();
}

function gapsBetween(pairs, width, height) {
  const gaps = [];
  let x = 0;
  let y = 0;
  for (const [a, b] of [...pairs, [width, height]]) {
    if (a > x || b > y) gaps.push([x, a, y, b]);
    x = a + 1;
    y = b + 1;
  }
  return gaps;
}

function tokens(text) {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) || [];
}

/** Return the parts of two texts, each as [text, whether it differs]; whole lines first. */
function wordParts(before, after) {
  const parts = [[], []];
  const old = before.split(/(?<=\n)/);
  const now = after.split(/(?<=\n)/);
  let done = 0;
  for (const [start, end, first, last] of changesBetween(old, now)) {
    const same = old.slice(done, start).join("");
    parts.forEach((side) => same && side.push([same, false]));
    addWords(parts, old.slice(start, end).join(""), now.slice(first, last).join(""));
    done = end;
  }
  const rest = old.slice(done).join("");
  parts.forEach((side) => rest && side.push([rest, false]));
  return parts.map(joinedParts);
}

/** Join neighbours that differ, and blanks between two of them. */
function joinedParts(parts) {
  const joined = [];
  parts.forEach(([text, differs], place) => {
    const between = !text.trim() && place > 0 && parts[place - 1][1] && parts[place + 1]?.[1];
    const last = joined[joined.length - 1];
    if (last && last[1] === (differs || Boolean(between))) last[0] += text;
    else joined.push([text, differs || Boolean(between)]);
  });
  return joined;
}

function addWords(parts, before, after) {
  const texts = [tokens(before), tokens(after)];
  const places = [0, 0];
  for (const [start, end, first, last] of changesBetween(...texts)) {
    [[start, end], [first, last]].forEach(([from, to], side) => {
      const same = texts[side].slice(places[side], from).join("");
      const differs = texts[side].slice(from, to).join("");
      if (same) parts[side].push([same, false]);
      if (differs) parts[side].push([differs, true]);
      places[side] = to;
    });
  }
  places.forEach((place, side) => {
    const rest = texts[side].slice(place).join("");
    if (rest) parts[side].push([rest, false]);
  });
}

/** Tell how alike two texts are, 0 to 1, by the words that they share. */
function likeness(before, after) {
  const ours = (before.match(/[\p{L}\p{N}_]+/gu) || []).slice(0, 5000);
  const theirs = (after.match(/[\p{L}\p{N}_]+/gu) || []).slice(0, 5000);
  if (!ours.length && !theirs.length) return 1;
  const counts = new Map();
  for (const word of ours) counts.set(word, (counts.get(word) || 0) + 1);
  let shared = 0;
  for (const word of theirs) {
    const left = counts.get(word) || 0;
    if (left) { shared++; counts.set(word, left - 1); }
  }
  return 2 * shared / (ours.length + theirs.length);
}
