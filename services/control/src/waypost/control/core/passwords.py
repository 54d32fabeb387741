"""Link passwords: argon2id verifiers, made off the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.low_level import Type

from waypost.control.model.faults import Invalid

PASSWORD_CHARACTERS_MAX = 128

# OWASP's first recommendation; about 20 ms on one core.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


async def verifier(password: str) -> str:
    """The PHC string of a password. Raises Invalid when it is too long."""
    if len(password) > PASSWORD_CHARACTERS_MAX:
        raise Invalid("password", f"longer than {PASSWORD_CHARACTERS_MAX} characters")
    return await asyncio.to_thread(_hasher.hash, password)
