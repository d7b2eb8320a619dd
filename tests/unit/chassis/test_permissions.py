"""The broker's template: allow-lists, an inbox per user, nobody may make or wipe a stream but the provisioner."""

from chassis.permissions import USERS, may_publish, may_subscribe, render
from contracts.streams import SERVICES, STREAMS

KEYS = {user: f"U{user.upper().replace('-', '')}" for user in USERS}


def test_a_service_publishes_on_its_own_stream_and_no_other() -> None:
    for service in SERVICES:
        spaces = {subject for subject in may_publish(service) if subject.endswith(".v1.>")}
        assert spaces == {spec.space for spec in STREAMS.values() if spec.said_by == service}


def test_no_service_may_create_update_delete_or_purge_anything() -> None:
    verbs = ("CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET")
    for service in SERVICES:
        assert not [s for s in may_publish(service) if s.startswith("$JS.API") and any(verb in s for verb in verbs)]


def test_the_provisioner_may_neither_speak_nor_delete() -> None:
    allowed = may_publish("provisioner")

    assert all(subject.startswith("$JS.API.") for subject in allowed)
    assert not [subject for subject in allowed if "DELETE" in subject or "PURGE" in subject]


def test_no_wildcard_opens_the_whole_jetstream_api() -> None:
    for user in USERS:
        assert not {"$JS.>", "$JS.API.>", ">", "_INBOX.>"} & {*may_publish(user), *may_subscribe(user)}


def test_every_user_has_an_inbox_of_its_own() -> None:
    inboxes = [may_subscribe(user)[0] for user in USERS]

    assert len(set(inboxes)) == len(USERS)
    assert all(inbox.startswith("_INBOX_") for inbox in inboxes)


def test_only_a_service_that_answers_questions_may_answer() -> None:
    text = render(KEYS)

    assert text.count("allow_responses") == 1
    assert "allow_responses" in text.split("# orders")[1].split("# carrier-adapter")[0]


def test_an_acknowledgement_means_that_it_is_on_disk() -> None:
    assert "sync_interval: always" in render(KEYS)
