"""Names that exclude each other are found among many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.repository.near_names import NearNames
from store.repository.ref_name import fold_name

NAMES = st.lists(
    st.lists(st.sampled_from(["a", "A", "b", "ab"]), min_size=1, max_size=3).map("/".join),
    max_size=12,
    unique=True,
)


@given(names=NAMES, others=NAMES, name=NAMES.filter(bool).map(lambda found: found[0]))
def test_a_name_is_near_what_equals_it_but_for_case_or_shares_a_path(
    names: list[str], others: list[str], name: str
) -> None:
    near = NearNames()
    near.add(names)
    near.add(others)
    assert near.count == len(names) + len(others)

    own = fold_name(name)
    wanted = [
        other
        for other in (*names, *others)
        if fold_name(other) == own
        or fold_name(other).startswith(f"{own}/")
        or own.startswith(f"{fold_name(other)}/")
    ]
    assert sorted(near.near(own)) == sorted(wanted)
