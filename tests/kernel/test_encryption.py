import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.kernel.encryption import values
from arbill_app.kernel.encryption.values import (
    NothingSealed,
    WrongKey,
    decrypt,
    encrypt,
    is_sealed,
    key_file,
    keys,
    renew,
    sign,
    unsign,
)
from arbill_app.kernel.settings import WrongSettings, settings

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("ARBILL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ARBILL_SECRET_KEY", raising=False)
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


def set_key(monkeypatch, key):
    monkeypatch.setenv("ARBILL_SECRET_KEY", key)
    settings.cache_clear()


@given(st.text())
def test_what_is_encrypted_comes_back_and_cannot_be_read(plain):
    sealed = encrypt(plain, "letter")
    assert decrypt(sealed, "letter") == plain
    assert is_sealed(sealed)
    assert sealed.isascii()
    assert len(plain) < 8 or plain not in sealed


def test_the_same_text_looks_different_each_time():
    assert encrypt("JBSWY3DPEHPK3PXP", "totp") != encrypt("JBSWY3DPEHPK3PXP", "totp")


def test_a_value_of_one_purpose_is_worth_nothing_for_another():
    with pytest.raises(WrongKey):
        decrypt(encrypt("JBSWY3DPEHPK3PXP", "totp"), "letter")
    assert unsign(sign("stf_1", "device"), "invitation") is None


def test_changed_text_is_refused():
    sealed = encrypt("4711", "letter")
    for wrong in (sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), sealed[:50], "4711", "ä"):
        with pytest.raises(WrongKey):
            decrypt(wrong, "letter")


def test_an_empty_value_is_not_said_to_be_encrypted_with_another_key():
    with pytest.raises(NothingSealed, match="no encrypted letter here: the value is empty") as refused:
        decrypt("", "letter")
    assert not isinstance(refused.value, WrongKey)


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "gAAAAA", "A" * 200])
def test_plain_text_is_not_taken_for_encrypted(text):
    assert not is_sealed(text)


# ---------------------------------------------------------------- signed values


@given(st.text(alphabet="abcXYZ019_-.|:", max_size=60))
def test_what_is_signed_comes_back(value):
    assert unsign(sign(value, "device"), "device") == value


def test_a_signed_value_gets_old():
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as moment:
        signed = sign("stf_1", "device")
        moment.shift(timedelta(days=30))
        assert unsign(signed, "device", timedelta(days=30)) == "stf_1"
        moment.shift(timedelta(seconds=1))
        assert unsign(signed, "device", timedelta(days=30)) is None
        assert unsign(signed, "device") == "stf_1"


def test_a_signed_value_from_the_future_is_not_believed():
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as moment:
        signed = sign("stf_1", "device")
        moment.shift(timedelta(days=-1))
        assert unsign(signed, "device", timedelta(days=30)) is None


@pytest.mark.parametrize("wrong", ["", ".", "stf_1", "stf_1.x.y", "é", "\ud800", "a" * 10_000])
def test_forged_values_are_none(wrong):
    assert unsign(wrong, "device") is None


# ---------------------------------------------------------------- the key


def test_the_key_is_made_once_into_a_private_file(home):
    first = keys()
    assert (home / "secret.key").read_text().split() == list(first)
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert keys() == first
    assert [file.name for file in home.iterdir()] == ["secret.key"]


def test_processes_that_start_at_once_have_one_key(home):
    script = "from arbill_app.kernel.encryption.values import keys; print(*keys())"
    started = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate()[0].strip() for process in started}
    assert said == {(home / "secret.key").read_text().strip()}


def test_the_environment_comes_before_the_file(monkeypatch, home):
    set_key(monkeypatch, OLD)
    assert keys() == (OLD,)
    assert not home.exists()


@pytest.mark.parametrize("key", ["short", " , ", f"{NEW},short"])
def test_a_short_key_is_refused(monkeypatch, key):
    set_key(monkeypatch, key)
    with pytest.raises(WrongSettings, match="32"):
        encrypt("x", "totp")


def test_old_keys_still_read_and_the_first_one_writes(monkeypatch):
    set_key(monkeypatch, OLD)
    sealed, signed = encrypt("x", "totp"), sign("x", "device")
    set_key(monkeypatch, f"{NEW}, {OLD}")
    renewed, again = renew(sealed, "totp"), sign("x", "device")
    assert (decrypt(sealed, "totp"), unsign(signed, "device")) == ("x", "x")
    set_key(monkeypatch, NEW)
    assert (decrypt(renewed, "totp"), unsign(again, "device"), unsign(signed, "device")) == ("x", "x", None)
    with pytest.raises(WrongKey):
        decrypt(sealed, "totp")
    with pytest.raises(WrongKey):
        renew(sealed, "totp")


def test_a_key_file_that_changed_counts_at_once():
    sealed = encrypt("x", "totp")
    values.write_keys(key_file(), (NEW, *keys()))
    assert keys()[0] == NEW
    assert decrypt(sealed, "totp") == "x"
    assert stat.S_IMODE(Path(key_file()).stat().st_mode) == 0o600
