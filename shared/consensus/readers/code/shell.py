"""A command in a shell in one form: its flags apart and in order, and other names of commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

# Commands whose clusters of letters are one flag each, in any order, whatever follows them.
_PLAIN_FLAGS = frozenset("ls rm cp mv ps df du grep mkdir wc sort docker tail".split())
# Commands whose single dash begins a whole word.
_WORD_FLAGS = frozenset("find java openssl gcc clang ffmpeg terraform go convert javac".split())
_COMPARES = re.compile(r"\s[<>=!]=\s|\s[=?]\s")
_CAT = re.compile(r"^cat (\S+) \| ((?:wc|grep|sort|head|tail|uniq|less)\b[^|]*)$")
_COUNT = re.compile(r"^((?:head|tail)) -n ?(\d+)\b")
# What is called otherwise, and does the same.
_OTHER_NAMES = tuple(
    (re.compile(form), other)
    for form, other in (
        (r"^python3? -m pip\b", "pip"),
        (r"^pip3\b", "pip"),
        (r"^python3\b", "python"),
        (r"^docker container (ls|list|ps)\b", "docker ps"),
        (r"^docker container (rm|stop|start|run|exec|logs|kill|restart)\b", r"docker \1"),
        (r"^docker image (ls|list)\b", "docker images"),
        (r"^docker image rm\b", "docker rmi"),
        (r"^docker image (pull|push|build)\b", r"docker \1"),
        (r"^git switch (?:-c|--create)\b", "git checkout -b"),
        (r"^git switch\b", "git checkout"),
        (r"^git restore --staged\b", "git reset HEAD"),
        (r"^git reset HEAD --\s", "git reset HEAD "),
        (r"^git restore\b", "git checkout --"),
        (r"^git branch --delete\b", "git branch -d"),
        (r"^git diff --staged\b", "git diff --cached"),
        (r"^npm (?:i|add)\b", "npm install"),
        (r"^tar (?=[a-z]+ )", "tar -"),
        (r"^egrep\b", "grep -E"),
        (r"^fgrep\b", "grep -F"),
        (r"\bHEAD(?:\^|~)(?![\w^~])", "HEAD~1"),
        (r"\bHEAD\^\^(?![\w^~])", "HEAD~2"),
    )
)
# The short names of long options, by command.
_SHORT_OPTIONS = {
    command: dict(pair.split("=") for pair in pairs.split())
    for command, pairs in {
        "add": "--all=-A --patch=-p --update=-u --force=-f --interactive=-i "
        "--verbose=-v --dry-run=-n",
        "branch": "--delete=-d --move=-m --all=-a --remotes=-r --force=-f --verbose=-v",
        "build": "--tag=-t --file=-f --quiet=-q",
        "cat": "--number=-n --number-nonblank=-b --show-all=-A --show-ends=-E",
        "checkout": "--force=-f --track=-t --patch=-p --quiet=-q",
        "chmod": "--recursive=-R --verbose=-v",
        "chown": "--recursive=-R --verbose=-v",
        "clean": "--force=-f --dry-run=-n",
        "clone": "--branch=-b --origin=-o --quiet=-q",
        "commit": "--message=-m --all=-a --signoff=-s --verbose=-v --quiet=-q --gpg-sign=-S",
        "compose": "--detach=-d --file=-f",
        "cp": "--archive=-a --recursive=-r -R=-r --force=-f --verbose=-v --update=-u",
        "curl": "--request=-X --header=-H --data=-d --output=-o --head=-I --location=-L "
        "--silent=-s --user=-u --form=-F --include=-i --insecure=-k "
        "--remote-name=-O --fail=-f --verbose=-v --cookie=-b --cookie-jar=-c "
        "--user-agent=-A --proxy=-x --max-time=-m --referer=-e --upload-file=-T "
        "--get=-G --show-error=-S",
        "cut": "--delimiter=-d --fields=-f --characters=-c --bytes=-b",
        "date": "--date=-d --utc=-u",
        "df": "--human-readable=-h --print-type=-T --inodes=-i",
        "du": "--human-readable=-h --summarize=-s --all=-a --total=-c --max-depth=-d",
        "exec": "--interactive=-i --tty=-t --detach=-d --user=-u --workdir=-w --env=-e",
        "fetch": "--prune=-p --tags=-t --force=-f",
        "grep": "--ignore-case=-i --recursive=-r --line-number=-n --count=-c "
        "--invert-match=-v --extended-regexp=-E --word-regexp=-w "
        "--files-with-matches=-l --fixed-strings=-F --quiet=-q --silent=-q "
        "--only-matching=-o --files-without-match=-L --line-regexp=-x "
        "--regexp=-e --file=-f --max-count=-m --after-context=-A "
        "--before-context=-B --context=-C --perl-regexp=-P --no-filename=-h "
        "--with-filename=-H --dereference-recursive=-R --text=-a",
        "gzip": "--decompress=-d --keep=-k --stdout=-c --recursive=-r",
        "head": "--lines=-n --bytes=-c",
        "images": "--all=-a --quiet=-q --filter=-f",
        "journalctl": "--follow=-f --unit=-u",
        "kill": "-KILL=-9 -SIGKILL=-9",
        "kubectl": "--namespace=-n --filename=-f --output=-o --selector=-l "
        "--all-namespaces=-A --container=-c --stdin=-i --tty=-t",
        "ln": "--symbolic=-s --force=-f",
        "log": "--patch=-p -u=-p --max-count=-n",
        "logs": "--follow=-f --tail=-n --timestamps=-t",
        "ls": "--all=-a --almost-all=-A --reverse=-r --recursive=-R "
        "--human-readable=-h --directory=-d --inode=-i --size=-s --classify=-F",
        "make": "--jobs=-j --file=-f --directory=-C --dry-run=-n --always-make=-B --keep-going=-k",
        "mkdir": "--parents=-p --mode=-m --verbose=-v",
        "mv": "--force=-f --no-clobber=-n --verbose=-v --update=-u",
        "npm": "--global=-g --save-dev=-D --save-exact=-E",
        "pip": "--upgrade=-U --requirement=-r --quiet=-q --editable=-e --target=-t",
        "ps": "--all=-a --quiet=-q --filter=-f",
        "pull": "--rebase=-r --quiet=-q",
        "push": "--set-upstream=-u --force=-f --delete=-d --dry-run=-n --quiet=-q",
        "rebase": "--interactive=-i",
        "remote": "--verbose=-v",
        "rm": "--recursive=-r -R=-r --force=-f --verbose=-v --dir=-d",
        "rmi": "--force=-f",
        "rsync": "--archive=-a --verbose=-v --compress=-z --recursive=-r --dry-run=-n",
        "run": "--detach=-d --interactive=-i --tty=-t --publish=-p --volume=-v "
        "--env=-e --workdir=-w --user=-u --memory=-m",
        "sed": "--expression=-e --in-place=-i --quiet=-n --silent=-n --regexp-extended=-E -r=-E",
        "sort": "--reverse=-r --numeric-sort=-n --unique=-u --ignore-case=-f --key=-k "
        "--field-separator=-t --output=-o --random-sort=-R "
        "--human-numeric-sort=-h --version-sort=-V --month-sort=-M --check=-c "
        "--merge=-m --stable=-s --general-numeric-sort=-g",
        "stash": "--include-untracked=-u --all=-a --patch=-p",
        "status": "--short=-s --branch=-b",
        "tag": "--annotate=-a --message=-m --delete=-d --list=-l --sign=-s --force=-f",
        "tail": "--follow=-f --lines=-n --bytes=-c",
        "tar": "--extract=-x --get=-x --create=-c --file=-f --verbose=-v --gzip=-z "
        "--list=-t --bzip2=-j --xz=-J --directory=-C --append=-r --update=-u",
        "touch": "--no-create=-c",
        "uniq": "--count=-c --repeated=-d --unique=-u --ignore-case=-i",
        "useradd": "--create-home=-m --groups=-G --shell=-s",
        "usermod": "--append=-a --groups=-G",
        "wc": "--lines=-l --words=-w --bytes=-c --chars=-m --max-line-length=-L",
        "wget": "--quiet=-q --output-document=-O --continue=-c --recursive=-r --input-file=-i",
        "xargs": "--null=-0 --max-args=-n --max-procs=-P",
    }.items()
}
_CLASSES = "ugo"
_BITS = {"r": 4, "w": 2, "x": 1}


def normal(text: str) -> str | None:
    """The normal form of a command; None where it is none."""
    text = text.removeprefix("$ ").removeprefix("% ")
    if "\n" in text or not re.match(r"[\w./~-]+(?:\s+\S+)+$", text) or _COMPARES.search(text):
        return None
    text = _renamed(" ".join(text.rstrip(";").split()))
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words or (
        not any(w.startswith("-") or "/" in w or "=" in w for w in words) and len(words) > 5
    ):
        return None
    if words[0] == "sudo" and len(words) > 2:
        words = words[1:]
    words = list(_short(words))
    if words[0] == "chmod" and len(words) > 2:
        words[1] = _mode(words[1])
    return " ".join([words[0], *_flags(words[0], words[1:])])


def _renamed(text: str) -> str:
    """A command by the one of its names that all are compared by."""
    text = _CAT.sub(r"\2 \1", text)
    for form, other in _OTHER_NAMES:
        text = form.sub(other, text)
    return _COUNT.sub(r"\1 -\2", text)


def _short(words: list[str]) -> Iterator[str]:
    """A command's words with the short names of its options: --request POST is -X POST."""
    command = words[1] if words[0] in ("git", "docker") and len(words) > 1 else words[0]
    options = _SHORT_OPTIONS.get(command, {})
    for n, word in enumerate(words):
        name, equals, value = word.partition("=")
        if word == "-e" and command == "sed" and words.count("-e") == 1:
            continue  # which says that a script follows, as it does
        if command == "lsof" and re.fullmatch(r"-i:\d+", word):
            yield from ("-i", word[2:])
        elif n and name in options:
            yield options[name]
            if equals:
                yield value
        else:
            yield word


def _mode(told: str) -> str:
    """u=rwx,go=rx as 755, a+x as +x."""
    if told.startswith("a+"):
        return told[1:]
    bits = dict.fromkeys(_CLASSES, -1)
    for part in told.split(","):
        match = re.fullmatch(r"([ugoa]+)=([rwx]*)", part)
        if match is None:
            return told.lstrip("0") or told
        for which in _CLASSES if "a" in match[1] else match[1]:
            bits[which] = sum(_BITS[letter] for letter in set(match[2]))
    return told if -1 in bits.values() else "".join(str(bits[which]) for which in _CLASSES)


def _flags(command: str, words: list[str]) -> Iterator[str]:
    """The words after a command, with a cluster of flags as flags of one letter, in one order.

    The last flag of a cluster may take the word that follows, and stays where it is.
    """
    held: list[str] = []
    for n, word in enumerate(words):
        if command not in _WORD_FLAGS and re.fullmatch(r"-[A-Za-z]+", word):
            letters = [f"-{letter}" for letter in word[1:]]
            takes = n + 1 < len(words) and not words[n + 1].startswith("-")
            if takes and command not in _PLAIN_FLAGS:
                yield from sorted(held + letters[:-1])
                yield letters[-1]
                held = []
            else:
                held += letters
            continue
        yield from sorted(held)
        held = []
        yield "." if word == "./" else word.removeprefix("./").rstrip("/") or word
    yield from sorted(held)
