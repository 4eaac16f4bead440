"""Test mail on its way into a spool: locks are waited for, and not for ever."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from conformance import delivery
from conformance.delivery import DeliveryError, compose, deliver
from conformance.target import Account, Endpoint, Target


def spool_target(spool: Path) -> tuple[Target, Account]:
    spool.touch()
    account = Account(user="a", password="b", mbox=str(spool))
    return Target(
        name="x", endpoints=(Endpoint(scheme="pop3", host="127.0.0.1", port=1),), accounts=(account,)
    ), account


def test_a_message_is_appended_once_the_lock_is_free(tmp_path: Path) -> None:
    target, account = spool_target(tmp_path / "spool")
    lock = tmp_path / "spool.lock"
    lock.touch()
    free = threading.Timer(0.1, lock.unlink)
    free.start()

    assert deliver(target, account, compose(b"From here\r\n")) == "mbox"

    free.join()
    assert b"\n>From here\n" in (tmp_path / "spool").read_bytes()
    assert not lock.exists()


def test_a_lock_that_stays_taken_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, account = spool_target(tmp_path / "spool")
    (tmp_path / "spool.lock").touch()
    monkeypatch.setattr(delivery, "LOCK_SECONDS", 0.05)

    with pytest.raises(DeliveryError, match="delivery by mbox"):
        deliver(target, account, compose(b"text\r\n"))

    assert (tmp_path / "spool").read_bytes() == b""
    assert (tmp_path / "spool.lock").exists()
