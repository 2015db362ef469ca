"""Folders and archives."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from collector.errors import InputError
from collector.folders import LOOKED_AT_BYTES, Skipped, is_archive, walk_archive, walk_folder

EVENT = json.dumps({"kind": "Event", "involvedObject": {"kind": "Pod", "name": "web-0"}}).encode()


def bundle(folder: Path) -> Path:
    """Write a support bundle."""
    root = folder / "bundle"
    (root / "b" / "deep").mkdir(parents=True)
    (root / "b" / "deep" / "events.json").write_bytes(EVENT)
    (root / "a.yaml.gz").write_bytes(gzip.compress(EVENT))
    (root / "utf16.json").write_bytes(EVENT.decode().encode("utf-16"))
    (root / "pod.log").write_text("I0110 nothing here\n" * 10)
    (root / "broken.gz").write_bytes(b"\x1f\x8bno")
    (root / "empty").touch()
    return root


def found(path: Path) -> tuple[list[tuple[str, bytes]], int]:
    """Return names below *path* and contents of what is found, and how many were skipped."""
    skipped = Skipped()
    walk = walk_archive if is_archive(path) else walk_folder
    files = [
        (one.name[len(str(path)) + 1 :], one.stream.read(1 << 20)) for one in walk(path, skipped)
    ]
    return files, skipped.files


def test_a_folder(tmp_path: Path) -> None:
    """What holds events is found in order, whatever its name, packing or encoding."""
    files, skipped = found(bundle(tmp_path))
    assert [name for name, _ in files] == ["a.yaml.gz", "utf16.json", "b/deep/events.json"]
    assert files[2][1] == EVENT
    assert skipped == 3


def test_links_pipes_and_what_may_not_be_read(tmp_path: Path) -> None:
    """A loop of links ends, a pipe does not block, and neither is read."""
    root = bundle(tmp_path)
    (root / "b" / "loop").symlink_to(root)
    (root / "copy.json").symlink_to(root / "b" / "deep" / "events.json")
    (root / "nowhere").symlink_to(root / "gone")
    os.mkfifo(root / "pipe")
    files, skipped = found(root)
    assert len(files) == 3
    assert skipped == 6


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".tar.xz"])
def test_archives(tmp_path: Path, suffix: str) -> None:
    """The same files are found in an archive, alone or inside a folder."""
    root = bundle(tmp_path)
    (tmp_path / "more").mkdir()
    path = tmp_path / "more" / f"all{suffix}"
    mode = {".tar": "w", ".tar.xz": "w:xz"}.get(suffix, "w:gz")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(root, "bundle")
        large = tarfile.TarInfo("large.json")
        large.size = 3 * LOOKED_AT_BYTES
        archive.addfile(large, io.BytesIO(EVENT + b" " * 3 * LOOKED_AT_BYTES))
        archive.addfile(tarfile.TarInfo("../../escape"))
    files, skipped = found(path)
    assert {Path(name).name for name, _ in files} == {
        "a.yaml.gz", "utf16.json", "events.json", "large.json",
    }  # fmt: skip
    assert files[-1][1][: len(EVENT)] == EVENT
    assert skipped == 4
    assert len(found(tmp_path / "more")[0]) == 4
    assert not (tmp_path.parent / "escape").exists()


@pytest.mark.parametrize("kept", [0, 5, 700])
def test_damaged_archives(tmp_path: Path, kept: int) -> None:
    """One sentence says what is wrong; no trace."""
    whole = tmp_path / "whole.tar.gz"
    with tarfile.open(whole, "w:gz") as archive:
        member = tarfile.TarInfo("events.json")
        content = EVENT + os.urandom(1 << 20)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"cut\.tar\.gz"):
        [one.stream.read(1 << 30) for one in walk_archive(cut, Skipped())]


def test_a_damaged_archive_hides_nothing(tmp_path: Path) -> None:
    """The files after it are found, and what is wrong with it is kept."""
    root = bundle(tmp_path)
    (root / "a.tar.gz").write_bytes(b"\x1f\x8bno")
    skipped = Skipped()
    assert len(list(walk_folder(root, skipped))) == 3
    [damage] = skipped.damages
    assert "a.tar.gz is damaged" in damage


@pytest.mark.parametrize(
    ("head", "count"),
    [
        (b'{"apiVersion":"v1","items":[', 1),
        (b'{"kind" : "List","items":[', 1),
        (b'{"kind":"PodList","items":[', 0),
        (b"[", 0),
    ],
)
def test_events_far_behind_other_objects(tmp_path: Path, head: bytes, count: int) -> None:
    """A long list of any objects is read whole, one of others is not."""
    pods = b'{"kind":"Pod"},' * (LOOKED_AT_BYTES // 15 + 1)
    (tmp_path / "all.json").write_bytes(head + pods + EVENT + b"]}")
    assert len(list(walk_folder(tmp_path, Skipped()))) == count


def test_a_short_list_of_others(tmp_path: Path) -> None:
    """Its whole text was looked at, and holds no event."""
    (tmp_path / "pods.json").write_bytes(b'{"items":[{"kind":"Pod"}],"kind":"List"}')
    assert list(walk_folder(tmp_path, Skipped())) == []
