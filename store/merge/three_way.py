"""Three-way merges of conversations as lists of message ids, with conflicts as values.

An atom is a message's id or a `Conflict`. Lists are merged unit by unit (`tool_pairing`), so
nothing comes between a tool call and its result:

- a change of one side is taken;
- insertions of both sides at one place are both kept, ours first. A merge takes their common
  beginning once; a replay adds everything that the change adds;
- equal changes of both sides are taken once; removals add up;
- a stretch that both sides changed differently becomes a conflict.

A conflict is a sum of runs of ids (`conflict_terms`), and a merge with conflicts adds sums:
equal runs with opposite signs cancel. So a change that is rebased onto a conflict and back is
unchanged. In a list, a conflict shows its first run.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from store.merge.conflict_terms import (
    Atom,
    Conflict,
    Run,
    ids_of,
    is_conflict,
    joined,
    resolved_at,
    simplify,
    span_shown_as,
    terms_of,
)
from store.merge.patience_diff import Change, changes, common_end, common_start
from store.session.tool_pairing import NO_PAIRS, PairsOf, unit_sizes, whole_middle

Atoms = Sequence[Atom]


def merge(base: Atoms, ours: Atoms, theirs: Atoms, pairs_of: PairsOf | None = None) -> list[Atom]:
    """Return the merge of two conversations that come from `base`.

    `pairs_of` tells a message's calls and results; without it every message is a unit.
    """
    base, ours, theirs = list(base), list(ours), list(theirs)
    if theirs in (base, ours):
        return ours
    return theirs if base == ours else _merge(base, ours, theirs, (pairs_of, False))


def replay(
    old_base: Atoms, change: Atoms, new_base: Atoms, pairs_of: PairsOf | None = None
) -> list[Atom]:
    """Return `new_base` changed as `change` changes `old_base`.

    Unlike in a merge, everything that the change adds is added.
    """
    old_base, change, new_base = list(old_base), list(change), list(new_base)
    if old_base == change:
        return new_base
    if old_base == new_base:
        return change
    return _merge(old_base, new_base, change, (pairs_of, True))


_How = tuple[PairsOf | None, bool]  # how rows pair; whether all insertions are added
_Token = Hashable  # a unit as a tuple of ids, or a conflict


class _Edit(NamedTuple):
    """Tokens with which a side replaces those of the base from `start` to `stop`."""

    start: int
    stop: int
    tokens: tuple[_Token, ...]


def _merge(base: Atoms, ours: Atoms, theirs: Atoms, how: _How) -> list[Atom]:
    lists = (base, ours, theirs)
    start = common_start(*lists)
    end = common_end(start, *lists)
    pairs_of = how[0]
    if pairs_of is not None:
        known = pairs_of
        start, end = whole_middle(
            start, end, lists, lambda atom: NO_PAIRS if is_conflict(atom) else known(atom)
        )
    middles = [run[start : len(run) - end] for run in lists]
    known_conflicts = {atom for atom in middles[0] if isinstance(atom, Conflict)}
    ground = _tokens(middles[0], pairs_of)
    sides = [_edits(ground, middle, known_conflicts, pairs_of) for middle in middles[1:]]
    merged: list[Atom] = []
    place = 0
    for chain in _chains(_regions(*sides)):
        merged += _rows(ground[place : chain[0].start])
        place = chain[-1].stop
        merged += _combined(ground[chain[0].start : place], chain, how)
    merged += _rows(ground[place:])
    return joined([*ours[:start], *merged, *ours[len(ours) - end :]])


def _tokens(atoms: Atoms, pairs_of: PairsOf | None) -> list[_Token]:
    """Group ids into units; conflicts stand alone."""
    tokens: list[_Token] = []
    place = 0
    for stop in [*(n for n, atom in enumerate(atoms) if is_conflict(atom)), len(atoms)]:
        tokens += _units(atoms[place:stop], pairs_of)
        tokens += atoms[stop : stop + 1]
        place = stop + 1
    return tokens


def _units(ids: Atoms, pairs_of: PairsOf | None) -> Iterator[Run]:
    if pairs_of is None:
        yield from ((one,) for one in ids)
        return
    place = 0
    for size in unit_sizes(map(pairs_of, ids)):
        yield tuple(ids[place : place + size])
        place += size


def _rows(tokens: Sequence[_Token]) -> Iterator[Atom]:
    """Yield the ids of units one by one, and conflicts as they are."""
    for token in tokens:
        if isinstance(token, Conflict):
            yield token
        else:
            yield from ids_of(token)


def _edits(
    ground: Sequence[_Token], side: Atoms, known: set[Conflict], pairs_of: PairsOf | None
) -> list[_Edit]:
    """Return a side's edits, in order.

    A conflict that is not in the base is compared as its first run, the rows where it arose:
    this separates the conflict from edits beside it. Each removed token is an edit of its
    own, so that removals of both sides add up.
    """
    tokens: list[_Token] = []
    spans: list[tuple[int, int, Conflict]] = []
    place = 0
    marks = [n for n, a in enumerate(side) if isinstance(a, Conflict) and a not in known]
    for stop in [*marks, len(side)]:
        tokens += _tokens(side[place:stop], pairs_of)
        if stop < len(side):
            conflict = side[stop]
            assert isinstance(conflict, Conflict)
            first = len(tokens)
            tokens += _units(conflict.terms[0], pairs_of)
            spans.append((first, len(tokens), conflict))
        place = stop + 1
    edits: list[_Edit] = []
    for group in _groups(changes(ground, tokens), spans):
        if group.lo == group.hi and not group.inside:
            edits += _piece(group.start, group.stop, ())
        else:
            edits += _split_edit(ground, _Edit(group.start, group.stop, _contents(tokens, group)))
    return edits


def _split_edit(ground: Sequence[_Token], edit: _Edit) -> list[_Edit]:
    """Separate an answered call, or a changed conflict, from the edits beside it."""
    start, stop, tokens = edit
    old = [place for place in range(start, stop) if is_conflict(ground[place])]
    if old:
        return list(_by_conflict(ground, edit, old))
    if stop - start != 1 or len(tokens) < 2:
        return [edit]
    before, after = ids_of(ground[start]), ids_of(tokens[0])
    if not before or after[: len(before)] != before:
        return [edit]
    return [_Edit(start, stop, tokens[:1]), _Edit(stop, stop, tokens[1:])]


def _by_conflict(ground: Sequence[_Token], edit: _Edit, old: Sequence[int]) -> Iterator[_Edit]:
    """Split an edit at the base's conflicts that were changed or resolved in it."""
    start, stop, tokens = edit
    new = [place for place, token in enumerate(tokens) if is_conflict(token)]
    if len(new) in (1, len(old)):
        places = old if len(new) == len(old) else old[-1:]
        spans: list[tuple[int, int]] = []
        for place, number in zip(places, new, strict=True):
            low = spans[-1][1] if spans else start
            spans += span_shown_as(ground, (low, stop), place, tokens[number])
        if len(spans) < len(new):  # the conflicts may include rows of the base beside them
            lo = new[0] if old[0] == start else 0
            hi = new[-1] + 1 if old[-1] == stop - 1 else len(tokens)
            yield from _piece(start, start, tokens[:lo])
            yield _Edit(start, stop, tokens[lo:hi])
            yield from _piece(stop, stop, tokens[hi:])
            return
        lo = 0
        for (first, last), number in zip(spans, new, strict=True):
            yield from _piece(start, first, tokens[lo:number])
            yield _Edit(first, last, tokens[number : number + 1])
            start, lo = last, number + 1
        yield from _piece(start, stop, tokens[lo:])
        return
    lo = 0
    for place in old:
        first, last = resolved_at(tokens, lo, ground[place])
        if last > lo:
            yield from _piece(start, place, tokens[lo:first])
            yield _Edit(place, place + 1, tokens[first:last])
            start, lo = place + 1, last
    yield from _piece(start, stop, tokens[lo:])


def _piece(start: int, stop: int, tokens: tuple[_Token, ...]) -> Iterator[_Edit]:
    if tokens:
        yield _Edit(start, stop, tokens)
    else:
        yield from (_Edit(place, place + 1, ()) for place in range(start, stop))


class _Group(NamedTuple):
    """A side's tokens `lo` to `hi` for the base's `start` to `stop`, and the conflicts in them."""

    start: int
    stop: int
    lo: int
    hi: int
    inside: tuple[tuple[int, int, Conflict], ...]


def _groups(found: Sequence[Change], spans: Sequence[tuple[int, int, Conflict]]) -> list[_Group]:
    """Join changes with the conflicts that they touch; other conflicts are groups of their own."""
    items: list[tuple[int, int, Change | None, Conflict | None]] = [
        *((change.lo, change.hi, change, None) for change in found),
        *((first, last, None, conflict) for first, last, conflict in spans),
    ]
    items.sort(key=lambda item: item[:2])
    groups: list[_Group] = []
    shift = 0  # a place on the side, minus the same place in the base
    sticky = False  # the group ends with a conflict that shows no rows
    for lo, hi, change, conflict in items:
        empty = conflict is not None and lo == hi
        group = _Group(lo - shift, hi - shift, lo, hi, ())
        last = groups[-1] if groups else None
        if last is not None and (lo < last.hi or (lo == last.hi and (empty or sticky))):
            groups.pop()
            group = last
            sticky = sticky and hi == last.hi
        else:
            sticky = False
        if change is not None:
            shift = change.hi - change.stop
        inside = group.inside if conflict is None else (*group.inside, (lo, hi, conflict))
        end = max(hi, group.hi)
        groups.append(_Group(group.start, end - shift, group.lo, end, inside))
        sticky = sticky or empty
    return groups


def _contents(tokens: Sequence[_Token], group: _Group) -> tuple[_Token, ...]:
    found: list[_Token] = []
    place = group.lo
    for first, last, conflict in group.inside:
        found += [*tokens[place:first], conflict]
        place = last
    return (*found, *tokens[place : group.hi])


class _Region(NamedTuple):
    """A stretch of the base, and the edits of both sides to it."""

    start: int
    stop: int
    mine: list[_Edit]
    others: list[_Edit]


def _regions(mine: Sequence[_Edit], others: Sequence[_Edit]) -> Iterator[_Region]:
    """Join the edits of both sides that concern the same tokens, in order."""
    both = [*((edit, 0) for edit in mine), *((edit, 1) for edit in others)]
    both.sort(key=lambda pair: (pair[0].start, pair[0].stop))
    region: _Region | None = None
    sticky = False
    for edit, side in both:
        empty = edit.start == edit.stop
        loose = empty and any(map(is_conflict, edit.tokens))
        if region is not None and (
            edit.start < region.stop
            or (empty and region.start == edit.start == region.stop)
            or (edit.start == region.stop and (loose or sticky))
        ):
            region = region._replace(stop=max(region.stop, edit.stop))
            sticky = (sticky and edit.start == edit.stop) or loose
        else:
            if region is not None:
                yield region
            region = _Region(edit.start, edit.stop, [], [])
            sticky = loose
        (region.others if side else region.mine).append(edit)
    if region is not None:
        yield region


def _chains(regions: Iterable[_Region]) -> Iterator[list[_Region]]:
    """Yield lists of regions that touch each other."""
    chain: list[_Region] = []
    for region in regions:
        if chain and chain[-1].stop != region.start:
            yield chain
            chain = []
        chain.append(region)
    if chain:
        yield chain


def _combined(ground: Sequence[_Token], chain: Sequence[_Region], how: _How) -> list[Atom]:
    """Apply the edits of regions that touch to their stretch of the base.

    An edit next to a conflict may belong to it. So where merging the regions one by one leaves
    a conflict, merging all of them together may leave none.
    """
    found: list[Atom] = []
    first = chain[0].start
    for region in chain:
        found += _combine(ground[region.start - first : region.stop - first], region, how)
    mine = [edit for region in chain for edit in region.mine]
    others = [edit for region in chain for edit in region.others]
    if len(chain) < 2 or not mine or not others or not any(map(is_conflict, found)):
        return found
    whole = _Region(first, chain[-1].stop, mine, others)
    sides = (_edited(ground, whole, mine), ground, _edited(ground, whole, others))
    if not any(is_conflict(token) for side in sides for token in side):
        return found
    together = _resolve([tuple(_rows(side)) for side in sides], how[0])
    return found if any(map(is_conflict, together)) else together


def _combine(ground: Sequence[_Token], region: _Region, how: _How) -> list[Atom]:
    """Apply both sides' edits to one stretch of the base."""
    ours = _edited(ground, region, region.mine)
    theirs = _edited(ground, region, region.others)
    if not region.others:
        return list(_rows(ours))
    if not region.mine:
        return list(_rows(theirs))
    plain = not any(is_conflict(token) for token in (*ours, *theirs, *ground))
    if plain and not ground:
        return list(_rows([*ours, *theirs] if how[1] else _put_together(ours, theirs)))
    if ours == theirs:
        return list(_rows(ours))
    runs = tuple(tuple(_rows(tokens)) for tokens in (ours, ground, theirs))
    if not plain:
        return _resolve(runs, how[0])
    longest = max(runs[0], runs[2], key=len)
    if all(longest[: len(run)] == run for run in runs):
        return list(longest)  # both sides answered a call, one of them more fully
    return [Conflict(runs)]


def _edited(ground: Sequence[_Token], region: _Region, edits: Sequence[_Edit]) -> list[_Token]:
    found: list[_Token] = []
    place = region.start
    for edit in edits:
        found += ground[place - region.start : edit.start - region.start]
        found += edit.tokens
        place = edit.stop
    return [*found, *ground[place - region.start :]]


def _put_together(ours: Sequence[_Token], theirs: Sequence[_Token]) -> list[_Token]:
    """Join both sides' insertions at one place, with their common beginning once."""
    same = common_start(ours, theirs)
    found = [*ours[:same]]
    mine, other = ours[same : same + 1], theirs[same : same + 1]
    if mine and other:  # one side may have answered the call of both
        one, two = ids_of(mine[0]), ids_of(other[0])
        shorter = min(len(one), len(two))
        if one[:shorter] == two[:shorter]:
            found.append(max(one, two, key=len))
            same += 1
    return [*found, *ours[same:], *theirs[same:]]


def _resolve(runs: Sequence[Run], pairs_of: PairsOf | None) -> list[Atom]:
    """Return ours, minus the base, plus theirs, where some of them are conflicts."""
    terms = simplify([term for run in runs for term in terms_of(run)])
    if len(terms) > 3 and terms[-2:] == [*runs[1:]] and _only_removes(*runs[1:]):
        # Rows that a change removes from the shown run are not shown any more.
        first = merge(runs[1], terms[0], runs[2], pairs_of)
        if not any(map(is_conflict, first)):
            terms = simplify([tuple(first), *terms[1:-2]])
    if len(terms) == 1:
        return list(terms[0])
    if len(terms) == 3:
        return merge(terms[1], terms[0], terms[2], pairs_of)
    return [Conflict(tuple(terms))]


def _only_removes(before: Run, after: Run) -> bool:
    """Tell whether `after` is `before` without some of its rows; neither holds a conflict."""
    rest = iter(before)
    return not any(map(is_conflict, before)) and all(row in rest for row in after)
