"""How bash, zsh and fish ask for completions and take them; click's own ways with these repaired.

A word that goes on, as `overflow=`, `nets.py:` and `folder/` do, gets no space; bash, which breaks
words at colons and equals signs, gets the last piece only; zsh and fish keep `--option=` in front.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click.shell_completion import (
    BashComplete,
    FishComplete,
    ZshComplete,
    add_completion_class,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_BASH = """\
%(complete_func)s() {
    local response line value

    response=$(IFS=$'\\n'; env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
%(complete_var)s=bash_complete $1)

    COMPREPLY=()
    while IFS= read -r line; do
        value=${line#*,}
        case ${line%%%%,*} in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$response"
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[/:=] ]] && compopt -o nospace
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a closed open closed_described open_described response
    local type key descr option
    (( ! $+commands[%(prog_name)s] )) && return 1

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s)}")
    [[ $PREFIX == --*=* ]] && option=${PREFIX%%%%=*}=

    for type key descr in ${response}; do
        case $type in
            dir) compset -P 1 '--*='; _path_files -/ ;;
            file) compset -P 1 '--*='; _path_files -f ;;
            plain)
                key=$option$key
                if [[ $descr == _ ]]; then
                    if [[ $key == *[/:=] ]]; then open+=("$key"); else closed+=("$key"); fi
                elif [[ $key == *[/:=] ]]; then
                    open_described+=("$key:$descr")
                else
                    closed_described+=("$key:$descr")
                fi ;;
        esac
    done

    (( $#closed_described )) && _describe -V unsorted closed_described -U
    (( $#open_described )) && _describe -V unsorted open_described -U -S ''
    (( $#closed )) && compadd -U -V unsorted -a closed
    (( $#open )) && compadd -U -S '' -V unsorted -a open
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s)
    set -l option (string match -r -- '^--[^=]+=' (commandline -t))

    for completion in $response
        set -l parts (string split -m 1 "," -- $completion)
        switch $parts[1]
            case dir
                string replace -r -- '^' "$option" (__fish_complete_directories $parts[2])
            case file
                string replace -r -- '^' "$option" (__fish_complete_path $parts[2])
            case plain
                echo "$option$parts[2]"
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""

_BREAKS = re.compile(r"(?<=[:=])")
_SPECIAL = re.compile(r"([^\w@%+=:,./~-])")


class _Bash(BashComplete):
    """Completes words with colons and equals signs, of which bash replaces only the last piece."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one at the cursor, and what of that one is typed."""
        before, begun = super().get_completion_args()
        *words, word = _glued([*before, begun])
        # click completes the value of --option=VALUE by itself
        value = word.partition("=")[2] if word.startswith("--") else word
        self._kept = "".join(_BREAKS.split(value)[:-1])
        return words, word

    def format_completion(self, item: CompletionItem) -> str:
        """The part of the word behind its last break, as it would be typed."""
        value = item.value.removeprefix(self._kept)
        typed = _SPECIAL.sub(r"\\\1", value) if item.type == "plain" else value
        return f"{item.type},{typed}"


class _Zsh(ZshComplete):
    source_template = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        """Three lines: type, value, help; `_describe` wants colons of described values escaped."""
        value = item.value.replace(":", r"\:") if item.help else item.value
        return f"{item.type}\n{value}\n{item.help or '_'}"


class _Fish(FishComplete):
    source_template = _FISH

    def format_completion(self, item: CompletionItem) -> str:
        """One line, with the help behind a tab."""
        return f"{item.type},{item.value}" + (f"\t{item.help}" if item.help else "")


def _glued(words: list[str]) -> list[str]:
    """The words as they were typed: bash has made three of `mock:speck2e`."""
    glued: list[str] = []
    for word in words:
        if glued and (word in _MARKS or glued[-1][-1:] in _MARKS):
            glued[-1] += word
        else:
            glued.append(word)
    return glued


_MARKS = {":", "="}


def take_completions() -> None:
    """Let click complete for these shells by the classes here."""
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell, shell.name)
