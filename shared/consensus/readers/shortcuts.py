"""Keys that are pressed together: Ctrl+Z, ⌘Z, "hold Control and press Z"."""

from __future__ import annotations

import re

_MODIFIERS = {
    "ctrl": "ctrl", "control": "ctrl", "strg": "ctrl", "ctl": "ctrl", "⌃": "ctrl",
    "steuerung": "ctrl", "cmd": "cmd", "command": "cmd", "commande": "cmd", "⌘": "cmd",
    "alt": "alt", "option": "alt", "opt": "alt", "⌥": "alt",
    "shift": "shift", "umschalt": "shift", "maj": "shift", "mayús": "shift", "⇧": "shift",
    "win": "win", "windows": "win", "⊞": "win", "fn": "fn",
}  # fmt: skip
_NAMED = {
    "delete": "del", "del": "del", "entf": "del", "suppr": "del", "supr": "del", "canc": "del",
    "escape": "esc", "esc": "esc", "tab": "tab", "enter": "enter", "return": "enter",
    "space": "space", "spacebar": "space", "backspace": "backspace", "home": "home", "end": "end",
    "insert": "ins",
}  # fmt: skip
_KEY = re.compile(r"[A-Za-z0-9]|F\d{1,2}")
_PIECE = re.compile(r"[⌘⌃⌥⇧⊞]|[^\W_]+|[=+-](?=$|\s|[.,)`])")


def read(text: str) -> str | None:
    """The keys of a text that names no others, in one spelling: ctrl+shift+z; else None."""
    held: list[str] = []
    pressed: list[str] = []
    pieces = _PIECE.findall(re.sub(r"\^(?=[A-Z]\b)", "Ctrl+", text))
    in_capitals = any(len(piece) == 1 and piece.isupper() for piece in pieces)
    for piece in pieces:
        word = piece.casefold()
        if word in _MODIFIERS and not (word in ("windows", "option") and not _is_name(piece)):
            held.append(_MODIFIERS[word])
        elif word in _NAMED and held:
            pressed.append(_NAMED[word])
        elif held and _KEY.fullmatch(piece) and not (piece.islower() and (pressed or in_capitals)):
            pressed.append(word)
    times = {held.count(key) for key in held}
    if not held or len(set(pressed)) != 1 or not times <= {1, len(pressed)}:
        return None
    if len(times) > 1:
        return None  # Ctrl+Shift+Z, and Ctrl+Z
    return "+".join([*sorted(set(held)), pressed[0]])


def _is_name(piece: str) -> bool:
    return piece[0].isupper()
