"""Takes sensitive values out of texts and data; tells where they stood, never what they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from foundation.security.redaction.detecting import MARKER, find
from foundation.security.redaction.findings import Finding, Kind
from foundation.security.redaction.key_names import sensitive_key

_NAMED: Final = "the name of its key"
_DEEPEST: Final = 100
_SHORTEST_NUMBER: Final = 9
_LONGEST_STEP: Final = 200
"""Of a key in a path: every finding below it has the path."""
_PAIRS: Final = (("name", "value"), ("key", "value"), ("field", "value"), ("header", "value"))
UNREADABLE: Final = "[REDACTED:nested]"
"""In the place of what is nested too deeply, or holds itself."""

Treatment = Callable[[Kind, str], str]
"""Answers what stands in the place of a value of a kind."""


def marker(kind: Kind, _value: str = "") -> str:
    """Write what stands in the place of a value that was taken out: a `Treatment`."""
    return f"[REDACTED:{kind.value}]"


def redact_text(
    text: str,
    label: str = "",
    treatment: Treatment = marker,
    kept: Callable[[Kind], bool] = lambda _: False,
) -> tuple[str, list[Finding]]:
    """Put a marker in the place of every sensitive value; doing it again changes nothing.

    Args:
        text: anything.
        label: what it is called, as for `find`.
        treatment: makes something else than the marker.
        kept: of which kinds values stay as they are, as for `find`.

    Returns:
        The text, and the findings with offsets of the text as it was given.
    """
    findings = find(text, label, kept)
    if not findings:
        return text, findings
    parts, at = [], 0
    for finding in findings:
        value = text[finding.start : finding.end]
        parts += [text[at : finding.start], treatment(finding.kind, value)]
        at = finding.end
    return "".join((*parts, text[at:])), findings


def harmless(message: str) -> str:
    """Redact what is told to people: an error's message, a line of a report."""
    return redact_text(message)[0]


def redact_data(
    data: Any,  # noqa: ANN401 - whatever JSON has
    treatment: Treatment = marker,
    kept: Callable[[Kind], bool] = lambda _: False,
) -> tuple[Any, list[Finding]]:
    """Redact what is like JSON, by the names of keys and by values; the data itself is untouched.

    Mappings become dicts, sequences lists (tuples stay tuples). What stands under a sensitive key
    is taken whole, except null, true and false. Numbers count by their digits; anything that is
    not JSON by its `repr`, in whose place its redacted text comes if there is something in it.
    Names of keys are redacted, too, and findings' paths show them so.
    """
    redactor = _Redactor(treatment, kept)
    return redactor.value(data, _At("", "", None)), redactor.findings


@dataclass(frozen=True, slots=True)
class _At:
    """Where a value stands: its path, the key above it, and what that key says it is."""

    path: str
    label: str
    kind: Kind | None

    def under(self, key: str, label: str, kind: Kind | None = None) -> _At:
        step = key[:_LONGEST_STEP].replace("~", "~0").replace("/", "~1")
        return _At(f"{self.path}/{step}", label, self.kind or kind)


@dataclass(slots=True)
class _Redactor:
    treatment: Treatment
    kept: Callable[[Kind], bool]
    findings: list[Finding] = field(default_factory=list)
    above: list[int] = field(default_factory=list)

    def value(self, value: Any, at: _At) -> Any:  # noqa: ANN401
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, float) and at.kind is None:
            return value
        if isinstance(value, str):
            return self._text(value, at)
        if isinstance(value, int | float):
            return self._number(value, at)
        if isinstance(value, Mapping | list | tuple | set | frozenset):
            return self._nested(value, at)
        shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
        clean = self._text(shown, at)
        return value if clean == shown else clean

    def _nested(self, value: Any, at: _At) -> Any:  # noqa: ANN401
        if id(value) in self.above or len(self.above) >= _DEEPEST:
            return UNREADABLE
        self.above.append(id(value))
        try:
            if isinstance(value, Mapping):
                return self._mapping(value, at)
            items = [
                self.value(item, at.under(str(n), at.label, self._kind(at.label)))
                for n, item in enumerate(value)
            ]
            return tuple(items) if isinstance(value, tuple) else items
        finally:
            self.above.pop()

    def _mapping(self, value: Mapping[Any, Any], at: _At) -> dict[Any, Any]:
        clean: dict[Any, Any] = {}
        for key, item in value.items():
            name = self._key(key, at, clean)
            label = _named_beside(value, key) or (key if isinstance(key, str) else "")
            clean[name] = self.value(item, at.under(str(name), label, self._kind(label)))
        return clean

    def _kind(self, label: str) -> Kind | None:
        """Answer what a name says of the values below it, if these are not to be kept."""
        kind = sensitive_key(label)
        return None if kind is None or self.kept(kind) else kind

    def _key(self, key: object, at: _At, taken: Mapping[Any, Any]) -> object:
        if not isinstance(key, str):
            return key
        clean, findings = redact_text(key)
        name, number = clean, 2
        while findings and name in taken:
            name, number = f"{clean}#{number}", number + 1
        self.findings += [replace(each, path=at.under(name, "").path) for each in findings]
        return name

    def _text(self, text: str, at: _At) -> str:
        if at.kind is not None:
            if not text or MARKER.fullmatch(text):
                return text
            self.findings.append(Finding(at.kind, 0, len(text), _NAMED, at.path))
            return self.treatment(at.kind, text)
        clean, findings = redact_text(text, at.label, self.treatment, self.kept)
        self.findings += [replace(finding, path=at.path) for finding in findings]
        return clean

    def _number(self, number: float, at: _At) -> float | str:
        text = str(number)
        if at.kind is None and len(text) < _SHORTEST_NUMBER:
            return number
        clean = self._text(text, at)
        return number if clean == text else clean


def _named_beside(pair: Mapping[Any, Any], key: object) -> str:
    """Answer the name of a value in `{"name": "Authorization", "value": …}`."""
    for name, value in _PAIRS:
        if key == value and isinstance(pair.get(name), str):
            return str(pair[name])
    return ""
