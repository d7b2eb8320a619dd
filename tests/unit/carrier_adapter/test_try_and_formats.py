"""``carrier-adapter try`` and ``formats``: what a file means, without a server or a setting."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.__main__ import main
from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.recognising import guesses

PUSH = {
    "version": 1,
    "scans": [
        {
            "tracking_number": "tt-01",
            "code": "delivered",
            "at": "2026-03-02T14:05:00",
            "facility": {"name": "Hub 7"},
            "text": "Köln",
        },
        {"tracking_number": "tt-01", "code": "held", "at": "2026-03-02T06:05:00Z"},
        {"tracking_number": "tt-01", "code": "information"},
        {"tracking_number": "tt-01", "code": "teleported", "at": "2026-03-02T14:05:00+08:00"},
    ],
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEALING_KEY", "DATABASE_URL", "NATS_URL", "MAPPINGS"):
        monkeypatch.delenv(f"CARRIER_ADAPTER_{name}", raising=False)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Run":
    return Run(monkeypatch, capsys)


class Run:
    """Runs the tool; gives its exit status, and what it wrote on its two outputs."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = patch, capsys

    def __call__(self, *words: object) -> tuple[object, str, str]:
        self._patch.setattr("sys.argv", ["carrier-adapter", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = self._capsys.readouterr()
        return ended.value.code, written.out, written.err


@pytest.fixture
def push(tmp_path: Path) -> Path:
    file = tmp_path / "push.json"
    file.write_text(json.dumps(PUSH))
    return file


def test_formats_are_listed_one_a_line_name_first(run: Run) -> None:
    status, out, err = run("formats")

    assert [line.split("\t")[0] for line in out.splitlines()] == list(FORMATS)
    assert (status, err) == (0, "")


def test_every_scan_is_a_json_object_on_a_line(run: Run, push: Path) -> None:
    status, out, err = run("try", "ship-by-tiktok", push, "--zone", "Asia/Singapore")

    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[0] == {
        "record": 0,
        "tracking_number": "tt-01",
        "status": "delivered",
        "sub_status": "recipient",
        "class": "place",
        "occurred_at": "2026-03-02T14:05:00+08:00",
        "time_quality": "naive_local",
        "raw_code": "delivered",
        "raw_text": "Köln",
        "place": "Hub 7",
        "leg": None,
        "signed": False,
        "attempt_no": None,
        "fault": None,
        "carrier": None,
        "record_id": None,
        "estimated_at": None,
        "raw_time": "2026-03-02T14:05:00",
        "problem": None,
    }
    assert [(line["record"], line["status"], line["sub_status"], line["class"]) for line in lines[1:]] == [
        (1, "on_hold", "carrier", "condition"),
        (2, "note", "information", "note"),
        (3, "unknown", "unmapped", "place"),
    ]
    assert [(line["occurred_at"], line["time_quality"]) for line in lines[1:]] == [
        ("2026-03-02T06:05:00+00:00", "utc"),
        (None, "none"),
        ("2026-03-02T14:05:00+08:00", "offset"),
    ]
    assert "Köln" in out
    assert (status, err) == (0, "no meaning for teleported, once\n")


def test_times_without_a_zone_are_utc_unless_told_otherwise(run: Run, push: Path) -> None:
    assert (
        json.loads(run("try", "ship-by-tiktok", push)[1].splitlines()[0])["occurred_at"] == "2026-03-02T14:05:00+00:00"
    )


def test_a_push_without_scans_prints_nothing_and_says_why(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "push.json"
    file.write_text('{"object":"Event","result":{"object":"Batch"}}')

    status, out, err = run("try", "easypost-event", file)

    assert (status, out) == (0, "")
    assert err == f"{file} holds no scans: the event is about a Batch, not a tracker\n"


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"<xml/>", b"[" * 100_000, b"ISA*00*"])
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_cannot_be_read_is_one_sentence_and_exit_2(run: Run, tmp_path: Path, name: str, body: bytes) -> None:
    file = tmp_path / "push"
    file.write_bytes(body)

    status, out, err = run("try", name, file)

    assert (status, out) == (2, "")
    assert is_one_sentence(err)


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "Asia", "", "../../etc/passwd", "x" * 1_000])
def test_a_zone_that_does_not_exist_is_one_sentence_and_exit_2(run: Run, push: Path, zone: str) -> None:
    status, out, err = run("try", "ship-by-tiktok", push, "--zone", zone)

    assert (status, out) == (2, "")
    assert is_one_sentence(err)
    assert "time zone" in err


def test_a_file_or_format_that_does_not_exist_is_one_sentence_and_exit_2(run: Run, push: Path, tmp_path: Path) -> None:
    for words in (("ship-by-tiktok", tmp_path / "nothing"), ("ship-by-tiktok", tmp_path), ("ship-by-owl", push)):
        status, out, err = run("try", *words)

        assert (status, out) == (2, "")
        assert is_one_sentence(err)


# --- mapping files ---------------------------------------------------------------------------------------------------

MAPPING = """\
format: acme
title: Acme push
source: Acme API, 2026-03-02
recognise: push.acme
scans: push.acme
scan: {number: scan.awb, code: scan.code, text: scan.text, time: {from: scan.at}}
statuses: {OK: delivered.recipient, OLD: null}
"""
SCANS = [
    {"awb": "A1", "code": "OK", "at": "2026-03-02T14:05:00Z"},
    {"awb": "A1", "code": "NEW", "at": "2026-03-02T14:05:00Z", "text": "Something new"},
    {"awb": "A1", "code": "NEW", "at": "2026-03-02T14:05:00Z"},
    {"awb": "A1", "code": "OLD", "at": "2026-03-02T14:05:00Z"},
    {"awb": "A1", "code": "OK", "at": "soon"},
    {"code": "OK"},
    {"awb": "A1"},
]


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "acme.yaml"
    file.write_text(MAPPING)
    return file


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    file = tmp_path / "acme.json"
    file.write_text(json.dumps({"acme": SCANS}))
    return file


def test_a_mapping_file_is_as_good_as_a_name_and_what_it_leaves_out_is_told(
    run: Run, mapping: Path, acme: Path
) -> None:
    status, out, err = run("try", mapping, acme)

    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["problem"] for line in lines] == [
        *(None, "unmapped_code", "unmapped_code", "unmapped_code", "bad_time", "no_tracking_number", "unmapped_code")
    ]
    assert status == 0
    assert err.splitlines() == [
        "no meaning for NEW, 2 times: Something new",
        "no meaning for OLD, once",
        "1 records with a time that cannot be read",
        "1 records without a tracking number",
        "1 records without a code",
    ]


def test_several_files_are_told_apart(run: Run, mapping: Path, acme: Path, push: Path) -> None:
    status, out, err = run("try", mapping, acme, push, acme)

    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(acme)] * 14
    assert f"{push} is not acme: this is no Acme push\n" in err
    assert status == 2


def test_a_mapping_that_is_wrong_is_told_with_its_place_and_nothing_is_read(
    run: Run, mapping: Path, acme: Path, tmp_path: Path
) -> None:
    mapping.write_text(MAPPING.replace("delivered.recipient", "delivered.home"))

    assert run("try", mapping, acme)[::2] == (2, run("check-mapping", mapping)[2])
    status, out, err = run("check-mapping", mapping)
    assert (status, out) == (2, "")
    assert err.startswith(f"{mapping}:7:12: statuses.OK: delivered is followed by one of ")
    for words in (("try", tmp_path / "none.yaml", acme), ("check-mapping", tmp_path / "none.yaml")):
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert is_one_sentence(err)


def test_a_mapping_that_is_right_is_said_to_be(run: Run, mapping: Path) -> None:
    assert run("check-mapping", mapping, mapping) == (0, f"{mapping} is a mapping of acme\n" * 2, "")


def test_the_schema_is_printed_as_it_is_checked_in(run: Run) -> None:
    schema = Path(__file__).parents[3] / "docs" / "mapping-file.schema.json"

    status, out, err = run("mapping-schema")

    assert (status, json.loads(out), err) == (0, json.loads(schema.read_text("utf-8")), "")


def test_the_folder_of_the_service_counts_for_the_tool_too(
    run: Run, mapping: Path, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("try", "acme", acme)[0] == 2
    monkeypatch.setenv("CARRIER_ADAPTER_MAPPINGS", str(mapping.parent))
    (mapping.parent / "broken.yaml").write_text("format: [")

    status, out, err = run("try", "acme", acme)

    assert (status, len(out.splitlines())) == (0, len(SCANS))
    assert "broken.yaml:" in err
    assert "acme\tAcme push; signed by bearer or hmac-sha256\n" in run("formats")[1]


# --- auto ------------------------------------------------------------------------------------------------------------

FIXTURES = sorted(file for file in FEEDS.glob("*/*") if "expected" not in file.name)


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_feed_of_ours_is_recognised(file: Path) -> None:
    found = guesses(FORMATS.values(), file.read_bytes(), ZoneInfo("UTC"))

    assert [guess.format.name for guess in found[:1]] == [file.parent.name]


def test_auto_names_the_format_and_then_prints_the_scans(run: Run, push: Path) -> None:
    status, out, err = run("try", "auto", push, "--zone", "Asia/Singapore")

    name, *lines = out.splitlines()
    assert (status, name, len(lines)) == (0, "ship-by-tiktok", 4)
    assert "\n".join(lines) == run("try", "ship-by-tiktok", push, "--zone", "Asia/Singapore")[1].strip()
    assert err == "no meaning for teleported, once\n"


def test_auto_takes_the_format_that_understands_most_and_says_what_else_it_could_be(
    run: Run, mapping: Path, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = MAPPING.replace("format: acme", "format: beta").replace("OLD: null", "OLD: lost.carrier_declared")
    (mapping.parent / "beta.yaml").write_text(more)
    monkeypatch.setenv("CARRIER_ADAPTER_MAPPINGS", str(mapping.parent))

    status, out, err = run("try", "auto", acme)

    assert (status, out.splitlines()[0]) == (0, "beta")
    assert f"{acme} could also be acme, which understands 1 of its 7 records; beta understands 2 of 7\n" in err


def test_auto_names_no_format_that_takes_anything_and_understands_nothing() -> None:
    assert FORMATS["ninjavan-webhook"].parse(b'{"status": "teleported"}', ZoneInfo("UTC")).records
    assert guesses(FORMATS.values(), b'{"status": "teleported"}', ZoneInfo("UTC")) == []


def test_auto_says_what_to_do_with_a_file_that_nobody_knows(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text('{"odd": 1}')

    status, out, err = run("try", "auto", file)

    assert (status, out) == (2, "")
    assert f"`carrier-adapter new-mapping {file}` drafts one" in err


def test_auto_says_which_format_a_broken_file_was_meant_to_be_and_where_it_breaks(run: Run, tmp_path: Path) -> None:
    body = (FEEDS / "shopee-push" / "01-order-status.json").read_text()
    file = tmp_path / "broken.json"
    file.write_text(body.replace('"CANCELLED",', '"CANCELLED"'))

    status, out, err = run("try", "auto", file)

    assert (status, out) == (2, "shopee-push\n")
    assert "is not shopee-push: the body is not JSON: " in err
    assert " at line 1, column 75\n" in err


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"status": "teleported" "code": 1}', id="too few fields"),
        pytest.param('{"mittens": 1, "paws": 4, "code": 3,, "tails": 1}', id="fields of nobody"),
        pytest.param('{"shop_id": 1, "ordersn": "2", "completed_scenario": ""}', id="nothing broken"),
    ],
)
def test_auto_names_no_format_for_a_file_that_resembles_none(run: Run, tmp_path: Path, body: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(body)

    assert run("try", "auto", file)[:2] == (2, "")


# --- new-mapping -----------------------------------------------------------------------------------------------------


def test_a_new_mapping_is_printed_and_can_be_tried_at_once(run: Run, acme: Path, tmp_path: Path) -> None:
    acme.write_text(json.dumps({"events": [{"trackingNumber": "AC0000001", "code": "OK", "time": "2026-03-02 14:05"}]}))
    file = tmp_path / "new.yaml"

    status, out, err = run("new-mapping", acme, "--name", "Acme Ltd.")
    file.write_text(out)

    assert (status, err) == (0, "")
    assert "\nformat: acme-ltd\n" in out
    status, out, err = run("try", file, acme, "--zone", "Asia/Singapore")
    assert (status, json.loads(out)["occurred_at"]) == (0, "2026-03-02T14:05:00+08:00")
    assert err == "no meaning for OK, once\n"


@pytest.mark.parametrize("body", [b"", b"\x00", b"{", b"<a"])
def test_a_sample_that_is_none_is_one_sentence_and_exit_2(run: Run, tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "sample"
    file.write_bytes(body)

    status, out, err = run("new-mapping", file)

    assert (status, out) == (2, "")
    assert is_one_sentence(err)
