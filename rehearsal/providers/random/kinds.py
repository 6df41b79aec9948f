"""The kinds of resource: for each its inputs with their defaults, what it generates and what an import makes of an id.

Names, defaults and rules are those of pulumi-random 4.21 (terraform-provider-random, `internal/provider`). Left out:
`seed`, whose results depend on Go's generator, and RandomBytes, whose official id shows the secret bytes.
"""

import base64
import binascii
import secrets
import string
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from rehearsal.providers.random.bcrypt import bcrypt_hash
from rehearsal.providers.random.words import pet_name

Output: TypeAlias = "str | int | list[str]"

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


@dataclass(frozen=True, kw_only=True)
class Generated:
    """What a resource is: its id and its outputs beside the inputs."""

    id: str = field(repr=False)
    outputs: Mapping[str, Output] = field(repr=False)


class ImportRefusedError(ValueError):
    """An id cannot be imported; the message says what an id has to look like, and does not repeat it."""


def _no_seed(value: str | None) -> str | None:
    if value is not None:
        raise PydanticCustomError(
            "seed", "not supported: what a seed gives depends on the official provider's generator"
        )
    return value


_Seed = Annotated[str | None, AfterValidator(_no_seed)]
_Count = Annotated[int, Field(ge=0)]


class Kind(BaseModel, ABC):
    """One kind; an instance holds checked inputs with every default filled in."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )

    results: ClassVar[tuple[str, ...]]
    """Names of the outputs."""
    hidden: ClassVar[frozenset[str]] = frozenset()
    """Names of the outputs that are secret."""

    keepers: dict[str, str] | None = None

    @abstractmethod
    def generate(self) -> Generated:
        """Draw the resource."""

    @classmethod
    def imported(cls, identity: str) -> tuple["Kind", Generated]:
        """Give the inputs and outputs that stand behind an id. Raises ImportRefusedError."""
        del identity
        raise ImportRefusedError("resources of this kind cannot be imported")


class RandomString(Kind):
    """Characters of chosen classes, with a least number of each class."""

    results = ("result",)

    length: Annotated[int, Field(ge=1)]
    special: bool = True
    upper: bool = True
    lower: bool = True
    number: bool = True
    numeric: bool = True
    min_special: _Count = 0
    min_upper: _Count = 0
    min_lower: _Count = 0
    min_numeric: _Count = 0
    override_special: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _number_is_numeric(cls, given: Mapping[str, object]) -> Mapping[str, object]:
        number, numeric = given.get("number"), given.get("numeric")
        if None not in (number, numeric) and number != numeric:
            raise PydanticCustomError("numeric", "number and numeric differ; number is the old name: drop it")
        if number is None and numeric is None:
            return given
        digits = number if numeric is None else numeric
        return {**given, "number": digits, "numeric": digits}

    @model_validator(mode="after")
    def _can_be_drawn(self) -> "RandomString":
        least = self.min_special + self.min_upper + self.min_lower + self.min_numeric
        if self.length < least:
            raise PydanticCustomError(
                "length",
                "length is {length}, less than the {least} characters of the minima together",
                {"length": self.length, "least": least},
            )
        if not (self.special or self.upper or self.lower or self.numeric):
            raise PydanticCustomError("classes", "at least one of special, upper, lower and numeric has to be true")
        return self

    def generate(self) -> Generated:
        """Draw the characters; the id is the result, as upstream's."""
        result = self._draw()
        return Generated(id=result, outputs={"result": result})

    def _draw(self) -> str:
        classes = (
            (self.special, self.min_special, self.override_special or SPECIAL),
            (self.upper, self.min_upper, string.ascii_uppercase),
            (self.lower, self.min_lower, string.ascii_lowercase),
            (self.numeric, self.min_numeric, string.digits),
        )
        drawn = [secrets.choice(characters) for _, least, characters in classes for _ in range(least)]
        every = "".join(characters for used, _, characters in classes if used)
        drawn += [secrets.choice(every) for _ in range(self.length - len(drawn))]
        secrets.SystemRandom().shuffle(drawn)
        return "".join(drawn)

    @classmethod
    def imported(cls, identity: str) -> tuple[Kind, Generated]:
        """Take the id as the result."""
        return cls(length=len(identity.encode())), Generated(id=identity, outputs={"result": identity})


class RandomPassword(RandomString):
    """A string that is secret, with its bcrypt hash."""

    results = ("result", "bcryptHash")
    hidden = frozenset(results)

    def generate(self) -> Generated:
        """Draw the characters; the id says nothing."""
        return _password(self._draw())

    @classmethod
    def imported(cls, identity: str) -> tuple[Kind, Generated]:
        """Take the id as the password; it does not stay the id."""
        return cls(length=len(identity.encode())), _password(identity)


def _password(result: str) -> Generated:
    digest = bcrypt_hash(result)
    return Generated(id="none", outputs={"result": result, **({"bcryptHash": digest} if digest else {})})


class RandomId(Kind):
    """Random bytes in four notations, for names that must not clash."""

    results = ("b64Url", "b64Std", "hex", "dec")

    byte_length: Annotated[int, Field(ge=1)]
    prefix: str | None = None

    def generate(self) -> Generated:
        """Draw the bytes; the id is their URL-safe base64 without the prefix."""
        return self._written(secrets.token_bytes(self.byte_length))

    def _written(self, drawn: bytes) -> Generated:
        url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
        notations = {
            "b64Url": url,
            "b64Std": base64.b64encode(drawn).decode(),
            "hex": drawn.hex(),
            "dec": str(int.from_bytes(drawn, "big")),
        }
        return Generated(id=url, outputs={name: (self.prefix or "") + text for name, text in notations.items()})

    @classmethod
    def imported(cls, identity: str) -> tuple[Kind, Generated]:
        """Read `[prefix,]base64`, the latter URL-safe and without padding."""
        prefix, _, text = identity.rpartition(",")
        try:
            drawn = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except binascii.Error:
            raise ImportRefusedError("the id has to be [prefix,]bytes, with the bytes in URL-safe base64") from None
        if not drawn:
            raise ImportRefusedError("the id has to hold at least one byte")
        inputs = cls(byte_length=len(drawn), prefix=prefix or None)
        return inputs, inputs._written(drawn)


class RandomPet(Kind):
    """A name of words; the name is the id."""

    results = ()

    length: Annotated[int, Field(ge=1)] = 2
    prefix: str | None = None
    separator: str = "-"

    def generate(self) -> Generated:
        """Draw the words."""
        words = [*filter(None, [self.prefix]), *pet_name(self.length)]
        return Generated(id=self.separator.join(words), outputs={})


class RandomUuid(Kind):
    """A random UUID."""

    results = ("result",)

    def generate(self) -> Generated:
        """Draw a version 4 UUID."""
        return self._written(uuid.uuid4())

    @staticmethod
    def _written(drawn: uuid.UUID) -> Generated:
        return Generated(id=str(drawn), outputs={"result": str(drawn)})

    @classmethod
    def imported(cls, identity: str) -> tuple[Kind, Generated]:
        """Take the id as the UUID."""
        try:
            return cls(), cls._written(uuid.UUID(identity))
        except ValueError:
            raise ImportRefusedError("the id has to be a UUID") from None


class RandomInteger(Kind):
    """A whole number between two bounds, both included."""

    results = ("result",)

    min: int
    max: int
    seed: _Seed = None

    @model_validator(mode="after")
    def _can_be_drawn(self) -> "RandomInteger":
        if self.max < self.min:
            raise PydanticCustomError("bounds", "max is less than min")
        return self

    def generate(self) -> Generated:
        """Draw the number."""
        number = self.min + secrets.randbelow(self.max - self.min + 1)
        return Generated(id=str(number), outputs={"result": number})

    @classmethod
    def imported(cls, identity: str) -> tuple[Kind, Generated]:
        """Read `result,min,max`."""
        try:
            result, least, most = map(int, identity.split(","))
        except ValueError:
            raise ImportRefusedError("the id has to be result,min,max, each a whole number") from None
        return cls(min=least, max=most), Generated(id=str(result), outputs={"result": result})


class RandomShuffle(Kind):
    """A list in random order, cut or repeated to a number of items."""

    results = ("results",)

    inputs: list[str]
    result_count: Annotated[int | None, Field(ge=0)] = None
    seed: _Seed = None

    def generate(self) -> Generated:
        """Shuffle whole rounds of the list until there are enough items."""
        count = len(self.inputs) if self.result_count is None else self.result_count
        drawn: list[str] = []
        while self.inputs and len(drawn) < count:
            drawn += secrets.SystemRandom().sample(self.inputs, len(self.inputs))
        return Generated(id="-", outputs={"results": drawn[:count]})


KINDS: Mapping[str, type[Kind]] = {
    f"random:index/{kind.__name__[0].lower()}{kind.__name__[1:]}:{kind.__name__}": kind
    for kind in (RandomPassword, RandomString, RandomId, RandomPet, RandomUuid, RandomInteger, RandomShuffle)
}
"""The kinds by type token."""
