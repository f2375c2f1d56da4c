"""What is looked for in a folder that is about to leave, and where it must not stand, from `contracts/proof.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sigpanel.contracts import strict
from sigpanel.resources import contracts_dir

FILE = "proof.yaml"
_MAY = {"is_needed", "is_name", "is_exact"}


@dataclass(frozen=True)
class NeedleKind:
    """A kind of needle: its name and words, the kinds of folder that must not hold one, and how it is looked for."""

    name: str
    en: str
    sv: str
    never_in: tuple[str, ...]
    least: int
    is_needed: bool
    is_name: bool
    is_exact: bool


@dataclass(frozen=True)
class Attack:
    """What the dictionary attack tries."""

    digests: tuple[str, ...]
    more_digests: tuple[str, ...]
    least_bits: int
    n_known: int
    most_salts: int
    salts: tuple[str, ...]


@dataclass(frozen=True)
class ProofContract:
    """The entries of the file. `folders` are the kinds of folder, with what each is called, by language."""

    version: str
    folders: dict[str, dict[str, str]]
    needles: dict[str, NeedleKind]
    attack: Attack
    read_as_text: frozenset[str]


@lru_cache(maxsize=1)
def proof_contract() -> ProofContract:
    """The description, read once.

    Raises:
        Fault: the file has an entry too many or too few, or one of another kind.
    """
    with strict.of_file(FILE):
        needed = {"version", "folders", "needles", "attack", "read_as_text"}
        body = strict.mapping(strict.load(contracts_dir() / FILE), "the file", needed)
        folders = {
            name: {language: strict.text(said[language], name) for language in ("en", "sv")}
            for name, said in strict.mapping(body["folders"], "folders").items()
            if strict.mapping(said, name, {"en", "sv"})
        }
        needles = {
            name: _needle(name, said, tuple(folders))
            for name, said in strict.mapping(body["needles"], "needles").items()
        }
        texts = strict.items(body["read_as_text"], "read_as_text")
        version = strict.version(body["version"], "version")
        return ProofContract(version, folders, needles, _attack(body["attack"]), frozenset(map(str, texts)))


def _needle(name: str, raw: strict.Yaml, folders: tuple[str, ...]) -> NeedleKind:
    said = strict.mapping(raw, name, {"en", "sv", "never_in", "least"}, _MAY)
    for flag in _MAY & said.keys():
        strict.require(isinstance(said[flag], bool), name, f"{flag} is true or false")
    return NeedleKind(
        name=strict.name(name, "needles"),
        en=strict.text(said["en"], name),
        sv=strict.text(said["sv"], name),
        never_in=tuple(strict.one_of(each, name, folders) for each in strict.items(said["never_in"], name)),
        least=strict.number(said["least"], name),
        **{flag: said.get(flag, False) for flag in _MAY},
    )


def _attack(raw: strict.Yaml) -> Attack:
    said = strict.mapping(raw, "attack", set(Attack.__dataclass_fields__))
    return Attack(
        digests=strict.names(said["digests"], "digests"),
        more_digests=strict.names(said["more_digests"], "more_digests"),
        least_bits=strict.number(said["least_bits"], "least_bits"),
        n_known=strict.number(said["n_known"], "n_known"),
        most_salts=strict.number(said["most_salts"], "most_salts"),
        salts=strict.names(said["salts"], "salts"),
    )
