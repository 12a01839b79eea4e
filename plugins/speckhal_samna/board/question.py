"""What can be asked of an address of a core: how to ask, and what the answer says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import AddressedAnswer, AddressedRequest

AnswerT = TypeVar("AnswerT", bound="AddressedAnswer")


@attrs.frozen
class Question(Generic[AnswerT]):
    """Something that can be asked of an address: how to ask, and what the answer says.

    Attributes:
        what: what is asked for, in the plural, for messages.
        request: makes a request.
        answer: class of the answers.
        field: of an answer that holds the value.
    """

    what: str
    request: Callable[[], AddressedRequest]
    answer: type[AnswerT]
    field: str
