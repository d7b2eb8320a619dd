"""A machine of states, as orders, parcels, refunds, requests, returns and complaints all are.

A pair of state and trigger *moves* it, or is *late* (a repetition or a lost race: expected, nothing changes), or stands
in neither table: then it is *illegal*, and whoever asked is told why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
T = TypeVar("T", bound=StrEnum)


class IllegalTransition(Exception):
    """Something was asked to do what nothing in its state can do."""

    def __init__(self, what: str, state: StrEnum, trigger: StrEnum, possible: tuple[StrEnum, ...]) -> None:
        article = "an" if what[0] in "aeiou" else "a"
        super().__init__(f"{article} {what} that is {state.replace('_', ' ')} cannot react to {trigger}")
        self.state = state
        self.trigger = trigger
        self.possible = possible  #: What could be asked instead.


@dataclass(frozen=True, slots=True)
class Moved(Generic[S]):
    """It has a new state."""

    to: S


@dataclass(frozen=True, slots=True)
class Late(Generic[S]):
    """Nothing changes: it happened already, or something else won."""

    state: S


@dataclass(frozen=True, slots=True)
class Machine(Generic[S, T]):
    """One machine: what it is called, and its two tables."""

    what: str
    states: type[S]
    triggers: type[T]
    moves: Mapping[tuple[S, T], S]
    late: frozenset[tuple[S, T]]

    def react(self, state: S, trigger: T) -> Moved[S] | Late[S]:
        """Say what *trigger* does in *state*. Raises `IllegalTransition`."""
        if to := self.moves.get((state, trigger)):
            return Moved(to)
        if (state, trigger) in self.late:
            return Late(state)
        raise IllegalTransition(self.what, state, trigger, self.possible(state))

    def possible(self, state: S) -> tuple[T, ...]:
        """Give what moves it from *state*."""
        return tuple(trigger for trigger in self.triggers if (state, trigger) in self.moves)

    def chart(self, start: S) -> str:
        """Draw the tables as a Mermaid state diagram that begins in *start*, and a list of what is late."""
        arrows = "\n".join(f"    {one} --> {end}: {trigger}" for (one, trigger), end in self.moves.items())
        late = "\n".join(
            f"| `{state}` | {', '.join(f'`{t}`' for t in self.triggers if (state, t) in self.late)} |"
            for state in self.states
        )
        finals = "\n".join(f"    {state} --> [*]" for state in self.states if not self.possible(state))
        return f"""\
```mermaid
stateDiagram-v2
    [*] --> {start}
{arrows}
{finals}
```

| state | late triggers |
| --- | --- |
{late}
"""
