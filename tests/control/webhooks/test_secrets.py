"""Secrets: their format, and how they rest."""

import os

import pytest

from waypost.control.model.webhooks.secrets import (
    SecretUnreadable,
    seal,
    sealing_key,
    secret_bytes,
    secret_text,
    unseal,
)

_KEY, _OTHER = sealing_key(b"pepper"), sealing_key(b"older pepper")


@pytest.mark.parametrize("size", [0, 16, 23, 65])
def test_weak_secrets_are_refused(size: int) -> None:
    """Standard Webhooks asks for 24 to 64 bytes."""
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        secret_text(bytes(size))


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!!", "MDEy" * 10, "whsec_" + "MDEy" * 4])
def test_what_is_not_a_secret_is_refused(text: str) -> None:
    """A secret that a person brings along is checked before it signs."""
    with pytest.raises(ValueError, match="secret"):
        secret_bytes(text)


def test_a_sealed_secret_opens_under_its_pepper_and_for_its_endpoint_only() -> None:
    """A stolen database, or a row copied to another endpoint, tells nothing."""
    text = secret_text(os.urandom(32))
    sealed = seal(text, place="a", key=_KEY, nonce=os.urandom(12))
    assert text.encode() not in sealed
    assert unseal(sealed, place="a", keys=(_OTHER, _KEY)) == text
    for place, keys in (("b", (_KEY,)), ("a", (_OTHER,)), ("a", ())):
        with pytest.raises(SecretUnreadable):
            unseal(sealed, place=place, keys=keys)


@pytest.mark.parametrize("position", [0, 1, 12, 13, 40, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    """Silent damage would sign with a secret nobody knows."""
    sealed = bytearray(seal(secret_text(b"s" * 32), place="a", key=_KEY, nonce=bytes(12)))
    sealed[position] ^= 1
    with pytest.raises(SecretUnreadable):
        unseal(bytes(sealed), place="a", keys=(_KEY,))
