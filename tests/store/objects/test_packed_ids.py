"""Packed ids are a sequence like a list of the same ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.ids import BlobId
from store.objects.packed_ids import PackedIds


@given(
    ids=st.lists(st.binary(min_size=20, max_size=20).map(lambda data: BlobId(data.hex()))),
    cut=st.slices(6),
)
def test_packed_ids_are_as_a_list(ids: list[BlobId], cut: slice) -> None:
    packed = PackedIds(bytes.fromhex("".join(ids)))

    assert list(packed) == ids
    assert packed == ids
    assert ids == packed
    assert packed == PackedIds(bytes.fromhex("".join(ids)))
    assert packed != [*ids, BlobId("0" * 40)]
    assert packed[cut] == ids[cut]
    assert [packed[number] for number in range(-len(ids), len(ids))] == ids + ids
    with pytest.raises(IndexError):
        packed[len(ids)]
    assert packed != "ids"
