"""``junit``: findings as test cases in XML, which nearly every build server shows.

A file is a suite. A finding is a case that fails if it makes the run fail, else one with output; a file without
any is one case that passes. What was not evaluated is skipped, so that it never counts as passed. Refuses to
know which build server reads it. The text is ASCII; what XML cannot hold is replaced by a sign that shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from nbcore.cli.findings import in_one_line
from nbcore.cli.verdict import Verdict
from nbcore.finding import Finding

if TYPE_CHECKING:
    from nbcore.report import NotEvaluated

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(verdict: Verdict, colour: bool) -> str:
    """The verdict as an XML document."""
    names = dict.fromkeys([*verdict.inputs.texts, *(one.source.file for one in verdict.findings)])
    whole = {one.name for one in verdict.inputs.skipped if not _has_finding(one.name, verdict)}
    by_file: dict[str, list[Finding]] = {name: [] for name in names if name not in whole}
    for one in verdict.findings:
        by_file[one.source.file].append(one)
    root = Element("testsuites", name="nbcore lint")
    for name, found in by_file.items():
        _suite(root, name or "no file", [_case(one, verdict) for one in found] or [_passed(name)])
    if verdict.not_evaluated:
        _suite(root, "not evaluated", map(_skipped, verdict.not_evaluated))
    _count(root)
    data: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii")


def _has_finding(name: str, verdict: Verdict) -> bool:
    return any(one.source.file == name for one in verdict.findings)


def _suite(root: Element, name: str, cases: Iterable[Element]) -> None:
    suite = SubElement(root, "testsuite", name=_clean(name))
    suite.extend(cases)
    _count(suite)


def _count(one: Element) -> None:
    """Writes how many cases there are below, and how many of them failed and were skipped."""
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        one.set(name, str(sum(1 for _ in one.iter(tag))))
    one.set("errors", "0")


def _case(one: Finding, verdict: Verdict) -> Element:
    place = f" at {one.position}" if one.position else ""
    case = Element("testcase", name=_clean(f"{one.code}{place}"), classname=_clean(one.source.file))
    if one.source.file:
        case.set("file", _clean(verdict.file(one.source.file)))
    if one.position:
        case.set("line", str(one.position.line))
    if verdict.fails(one):
        failure = SubElement(case, "failure", type=one.severity, message=_clean(one.message))
        failure.text = _clean(in_one_line(one))
    else:
        SubElement(case, "system-out").text = _clean(in_one_line(one))
    return case


def _passed(name: str) -> Element:
    return Element("testcase", name="no problems", classname=_clean(name))


def _skipped(one: NotEvaluated) -> Element:
    case = Element("testcase", name=_clean(f"{one.code} {one.subject}".strip()), classname="not evaluated")
    SubElement(case, "skipped", message=_clean(f"needs {one.needs}"))
    return case


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
