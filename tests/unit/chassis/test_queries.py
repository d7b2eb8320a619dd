"""Queries by name."""

import pytest

from chassis.postgres import QueryUnknown, load_queries


def test_a_query_is_found_by_its_name() -> None:
    assert "INSERT INTO inbox" in load_queries("chassis").remember_events


def test_a_name_that_no_query_has_is_an_error() -> None:
    with pytest.raises(QueryUnknown):
        _ = load_queries("chassis").remember_nothing
