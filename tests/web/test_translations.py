"""The Chinese of the site is whole, and what is committed is what is compiled."""

from __future__ import annotations

import ast
import gettext
import re
import string
import struct
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
TEXT = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?) (".*)$')
#: What shoppers and REST clients may read. The admin's own words are translated as they settle.
READ_BY_SHOPPERS = [
    *(ROOT / "templates").glob("*.html"),
    *(p for name in ("parts", "catalog", "orders", "users", "recommender")
      for p in (ROOT / "templates" / name).rglob("*.html")),
    *(p for name in ("catalog", "orders", "users")
      for p in (ROOT / name).glob("*.py")),
    *(ROOT / "catalog" / "templatetags").glob("*.py"),
    *(ROOT / "catalog" / "search").glob("*.py"),
    *(ROOT / "recommender" / "delivery").glob("*.py"),
    ROOT / "recommender" / "events" / "record.py",
]  # fmt: skip


def entries() -> list[dict[str, str]]:
    """The entries of the .po file as dictionaries of keyword and text; ``flags`` holds marks."""
    found = []
    for block in (FOLDER / "django.po").read_text(encoding="utf-8").split("\n\n"):
        entry: dict[str, str] = {"flags": ""}
        key = ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry["flags"] += line
            elif match := TEXT.match(line):
                key = match[1]
                entry[key] = ast.literal_eval(match[2])
            elif line.startswith('"'):
                entry[key] += ast.literal_eval(line)
        if entry.get("msgid"):
            found.append(entry)
    return found


ENTRIES = entries()


def test_no_entry_is_empty_or_doubtful():
    for entry in ENTRIES:
        assert "fuzzy" not in entry["flags"], entry["msgid"]
        assert entry.get("msgstr") or entry.get("msgstr[0]"), entry["msgid"]


def test_placeholders_survive():
    named = re.compile(r"%\((\w+)\)")
    for entry in ENTRIES:
        translated = entry.get("msgstr") or entry["msgstr[0]"]
        original = set(named.findall(entry.get("msgid_plural", entry["msgid"])))
        assert set(named.findall(translated)) == original, entry["msgid"]
        plain = re.compile(r"%[sd]")
        if "python-format" in entry["flags"] and not original:
            assert plain.findall(translated) == plain.findall(entry["msgid"]), entry["msgid"]


def test_what_is_compiled_is_what_is_written():
    with (FOLDER / "django.mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for entry in ENTRIES:
        if "msgctxt" in entry:
            assert compiled.pgettext(entry["msgctxt"], entry["msgid"]) == entry["msgstr"]
        elif "msgid_plural" in entry:
            said = compiled.ngettext(entry["msgid"], entry["msgid_plural"], 2)
            assert said == entry["msgstr[0]"]
        else:
            assert compiled.gettext(entry["msgid"]) == entry["msgstr"]
    count = struct.unpack("<I", (FOLDER / "django.mo").read_bytes()[8:12])[0]
    assert count == len(ENTRIES) + 1  # and the header


def marked(path: Path) -> set[str]:
    """The first text of each call of gettext in a file, as makemessages finds it."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        source = re.sub(r"^\s+", "", templatize(source), flags=re.M)
        calls = re.findall(
            r"(?:ngettext|gettext)\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", source
        )
        short = re.findall(r" _\(('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)", source)
        return {ast.literal_eval(text) for text in [*calls, *short]}
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            names = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
            if node.func.id in names and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


@pytest.mark.parametrize("path", READ_BY_SHOPPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_that_a_shopper_reads_lacks_a_translation(path: Path):
    known = {entry["msgid"] for entry in ENTRIES}
    assert marked(path) - known == set()


def test_the_marks_are_found_at_all():
    assert "Your cart" in marked(ROOT / "templates/orders/cart.html")
    assert "%(count)s item" in marked(ROOT / "templates/orders/cart_lines.html")
    assert "“%(product)s” is sold out." in marked(ROOT / "orders/services.py")


#: Names, and words that are the same in Chinese.
LATIN = {"Recsite", "JSON", "REST", "Cookie", "English"}


@pytest.mark.parametrize(
    "address", ["/", "/search/?q=jam", "/categories/dairy/", "/products/p0/", "/cart/", "/login/",
                "/register/", "/privacy/", "/nowhere/", "/account/"],
)  # fmt: skip
def test_a_chinese_page_holds_no_english_of_ours(anna, small_shop, address: str):
    """Whatever is left in Latin letters comes from the catalogue or is a name."""
    ours = {entry["msgid"] for entry in ENTRIES if entry["msgid"][0] in string.ascii_letters}
    with override("en"):
        html = anna.get(address, headers={"Accept-Language": "zh-CN"}).content.decode()
    words = re.sub(r"<(script|style)[^>]*>.*?</\1>|<!--.*?-->", " ", html, flags=re.S)
    texts = {text.strip() for text in re.findall(r">([^<>]+)<", words)}
    texts |= set(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]+)"', words))
    assert {text for text in texts if text in ours} - LATIN == set()
