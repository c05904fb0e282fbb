"""Three-way merges of a view's values: pure, deterministic, conflicts become values.

The change from `base` to `theirs` is applied to `ours`. A name that both moved goes to the
descendant if one target is an ancestor of the other; otherwise it is conflicted, `ours` first.
"""

from __future__ import annotations

from collections.abc import Callable

from porcelain.model.source import longer
from porcelain.model.view_value import (
    IMPORTS,
    REMOTES,
    WORKSPACES,
    Target,
    Workspace,
    parse_target,
    target_text,
)
from store.ids import CommitId

IsAncestor = Callable[[CommitId, CommitId], bool]


def merge_value(
    part: str, base: str | None, ours: str | None, theirs: str | None, is_ancestor: IsAncestor
) -> str | None:
    """Return the merged value of one key of a part."""
    if theirs in (base, ours):
        return ours
    if base == ours:
        return theirs
    if part == WORKSPACES:
        return _merge_workspace(base, ours, theirs)
    if part == IMPORTS:
        return _merge_import(ours, theirs)
    if part.startswith(REMOTES):
        return _merge_remote(base, ours, theirs, is_ancestor)
    merged = merge_targets(
        parse_target(base), parse_target(ours), parse_target(theirs), is_ancestor
    )
    return target_text(merged)


def merge_targets(base: Target, ours: Target, theirs: Target, is_ancestor: IsAncestor) -> Target:
    """Merge the targets of a name by jj's rules (`refs.rs`).

    An absent base counts as the root commit, so that of two new targets a descendant wins. Moved
    against deleted, and back against forward, are conflicts.
    """
    if theirs in (base, ours):
        return ours
    if base == ours:
        return theirs
    adds = [*ours[::2], *base[1::2], *theirs[::2]]
    removes = [*ours[1::2], *base[::2], *theirs[1::2]]
    _cancel(adds, removes)
    if len({*adds}) == 1 and len({*removes}) < 2:
        return (adds[0],)  # all sides went to the same place
    while removes:
        pair = _pair_to_drop(adds, removes, is_ancestor)
        if pair is None:
            break
        del adds[pair[0]], removes[pair[1]]
    terms: list[CommitId | None] = [adds[0]]
    for remove, add in zip(removes, adds[1:], strict=True):
        terms += [remove, add]
    return tuple(terms)


def _cancel(adds: list[CommitId | None], removes: list[CommitId | None]) -> None:
    for remove in list(removes):
        if remove in adds:
            adds.remove(remove)
            removes.remove(remove)


def _pair_to_drop(
    adds: list[CommitId | None], removes: list[CommitId | None], is_ancestor: IsAncestor
) -> tuple[int, int] | None:
    for one in range(len(adds)):
        for other in range(one + 1, len(adds)):
            left, right = adds[one], adds[other]
            if left is None or right is None:
                continue
            if left == right or is_ancestor(left, right):
                behind = one
            elif is_ancestor(right, left):
                behind = other
            else:
                continue
            target = adds[behind]
            for place, remove in enumerate(removes):
                if remove is None or (target is not None and is_ancestor(remove, target)):
                    return behind, place
    return None


def _merge_workspace(base: str | None, ours: str | None, theirs: str | None) -> str | None:
    if ours is None or theirs is None:
        return None  # forgotten on one side: forgotten
    before, left, right = Workspace.of(base), Workspace.of(ours), Workspace.of(theirs)
    if left.commit not in (before.commit, right.commit) and right.commit != before.commit:
        return ours  # both moved: the position and its session stay together
    commit = right.commit if before.commit == left.commit else left.commit
    session = right.session if before.session == left.session else left.session
    return Workspace(commit, session).text()


def _merge_import(ours: str | None, theirs: str | None) -> str | None:
    if ours is None or theirs is None:
        return ours or theirs
    return longer(ours, theirs)


def _merge_remote(
    base: str | None, ours: str | None, theirs: str | None, is_ancestor: IsAncestor
) -> str | None:
    split = [(text or "").partition(" ") for text in (base, ours, theirs)]
    before, left, right = (parse_target(target or None) for _, _, target in split)
    target = target_text(merge_targets(before, left, right, is_ancestor))
    if target is None:
        return None
    state = split[2][0] if split[0][0] == split[1][0] else split[1][0]
    return f"{state or 'untracked'} {target}"
