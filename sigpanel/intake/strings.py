"""One pass over an XML part with text in it, and the shared strings, which are nothing but text.

Inline strings of cells and shared strings are the same rich text: runs, of which only the letters count, and phonetic
guides above the letters, which are not content. Blanks around a run count only where the part says so, as in Excel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from sigpanel.intake.gate import feed, parser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAIN_NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # Strict
)
Attributes = dict[str, str]

_SPACE: Final = ("xml:space", "http://www.w3.org/XML/1998/namespace space")
_BLANKS: Final = " \t\r\n"
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLAIN_STRING: Final = re.compile(rb'<si><t( xml:space="preserve")?+>([^<\r]++)</t></si>')
_LONGEST_HEAD: Final = 1_000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_strings(data: bytes) -> list[str]:
    """The shared strings, in order. How many there are is counted, not taken from what the part declares."""
    plain = _plain_strings(data)
    if plain is not None:
        return plain
    part = _SharedStrings()
    part.parse(data)
    return part.strings


def _plain_strings(data: bytes) -> list[str] | None:
    """The strings of a part in which each is one run without looks, as programs write most; null if one is not.

    As with cells (`sigpanel.intake.plain`), the pattern finds them and expat holds the form.
    """
    found = _PLAIN_STRING.findall(data)
    n_declarations = int(data.startswith(b"<?xml "))
    # The root's two tags and the declaration are all the rest.
    is_all = data.count(b"<") == 4 * len(found) + 2 + n_declarations == 4 * len(found) + 2 + data.count(b"<?")
    if not is_all or b"<!" in data or b"&#" in data or data.find(b"<si>") > _LONGEST_HEAD or not is_sound(data, "sst"):
        return None
    strings = []
    for preserved, written in found:
        text = written.decode()
        if "&" in text:
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'")
            text = text.replace("&amp;", "&")
        strings.append(unescaped(text if preserved else text.strip(_BLANKS)))
    return strings


class _OtherRoot(Exception):  # noqa: N818 - no error, only a way out of the parser
    pass


def is_sound(data: bytes, root: str) -> bool:
    """Whether the root is of this name, without a prefix.

    Raises:
        ExpatError, Refused: the part is not well-formed or has what none may have.
    """
    made = parser(namespaces=False)

    def begin_root(name: str, _: Attributes) -> None:
        if name != root:
            raise _OtherRoot
        made.StartElementHandler = None

    made.StartElementHandler = begin_root
    try:
        feed(made, data)
    except _OtherRoot:
        return False
    return True


def unescaped(text: str) -> str:
    """Text without Excel's escapes for what XML cannot hold: _x000D_ is a carriage return, _x005F_ an underscore."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if _SURROGATE.search(text):
        # Two escapes may make one character; half of one could not be written anywhere.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class Part:
    """A pass over a part: `at_begin` and `at_end` name by element the method to call, whatever prefix it has.

    Text is listened to only where it is wanted, so that the blanks of an indented part cost nothing. The methods are
    bound while a part is read and no longer: a cycle would keep every cell in memory until somebody looks for it.
    """

    root: ClassVar[str]
    at_begin: ClassVar[Mapping[str, str]] = {"t": "begin_t", "rPh": "begin_phonetic"}
    at_end: ClassVar[Mapping[str, str]] = {"t": "end_t", "rPh": "end_phonetic"}

    def __init__(self) -> None:
        self.pieces: list[str] = []  # of the text being listened to
        self.runs: list[str] = []  # of the string being read
        self.is_phonetic = False
        self.is_preserved = False
        self.begin: dict[str, Callable[[Attributes], None]] = {}
        self.end: dict[str, Callable[[], None]] = {}

    def parse(self, data: bytes) -> None:
        """Read the whole part."""
        # Telling namespaces apart takes a fifth more time. Where the main one is bound once, its prefix tells as much.
        self.expat = parser(namespaces=sum(data.count(uri.encode()) for uri in MAIN_NAMESPACES) > 1)
        self.expat.StartElementHandler = self.begin_root
        try:
            feed(self.expat, data)
        finally:
            del self.expat, self.begin, self.end

    def begin_root(self, name: str, _: Attributes) -> None:
        """Hold the part against what it should be, and learn what stands before each element's name."""
        namespace = name.rpartition(" ")[0]
        local = re.split("[ :]", name)[-1]
        if local != self.root or (namespace and namespace not in MAIN_NAMESPACES):
            raise ValueError("another kind of part")
        before = name.removesuffix(local)
        self.begin = {before + element: getattr(self, method) for element, method in self.at_begin.items()}
        self.end = {before + element: getattr(self, method) for element, method in self.at_end.items()}
        self.expat.StartElementHandler = self.begin_element
        self.expat.EndElementHandler = self.end_element

    def begin_element(self, name: str, attributes: Attributes) -> None:
        """Do what an element asks for."""
        action = self.begin.get(name)
        if action is not None:
            action(attributes)

    def end_element(self, name: str) -> None:
        """Do what an element's end asks for."""
        action = self.end.get(name)
        if action is not None:
            action()

    def listen(self) -> None:
        """Take down text from here on."""
        self.pieces.clear()
        self.expat.CharacterDataHandler = self.pieces.append

    def heard(self) -> str:
        """Stop listening; what was taken down."""
        self.expat.CharacterDataHandler = None
        return "".join(self.pieces)

    def begin_phonetic(self, _: Attributes) -> None:
        """`<rPh>`: what is read aloud, not written."""
        self.is_phonetic = True

    def end_phonetic(self) -> None:
        """`</rPh>`."""
        self.is_phonetic = False

    def begin_t(self, attributes: Attributes) -> None:
        """`<t>`: the letters of a run."""
        self.is_preserved = "preserve" in (attributes.get(_SPACE[0]), attributes.get(_SPACE[1]))
        self.listen()

    def end_t(self) -> None:
        """`</t>`."""
        text = self.heard()
        if not self.is_phonetic:
            self.runs.append(text if self.is_preserved else text.strip(_BLANKS))

    def string(self) -> str:
        """The string that the runs since the last one make."""
        text = unescaped("".join(self.runs))
        self.runs.clear()
        return text


class _SharedStrings(Part):
    root = "sst"
    at_end: ClassVar[Mapping[str, str]] = {**Part.at_end, "si": "end_si"}

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def end_si(self) -> None:
        self.strings.append(self.string())
