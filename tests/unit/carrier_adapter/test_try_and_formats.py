"""``carrier-adapter try`` and ``formats``: what a file means, without a server or a setting."""

import json
from pathlib import Path

import pytest

from carrier_adapter.__main__ import main

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
    for name in ("CARRIER_ADAPTER_SEALING_KEY", "CARRIER_ADAPTER_DATABASE_URL", "CARRIER_ADAPTER_NATS_URL"):
        monkeypatch.delenv(name, raising=False)


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

    assert [line.split("\t")[0] for line in out.splitlines()] == [
        *("ninjavan-webhook", "easypost-event", "ship-by-tiktok", "x12-214")
    ]
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
    assert (status, err) == (0, "")


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
@pytest.mark.parametrize("name", ["ninjavan-webhook", "easypost-event", "ship-by-tiktok", "x12-214"])
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
