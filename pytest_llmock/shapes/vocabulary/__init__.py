"""The words that generated data is made of: our own, frozen, and numbered.

The same seed gives the same bytes on every machine and in every release with the same
`VOCABULARY_VERSION`. Whoever changes a word, an order or a formula that ends up in a value raises the
number, because users keep golden files. Words only stand here; how they are drawn is `shapes.sample`.
"""

from functools import cache
from math import gcd

from pytest_llmock.shapes.vocabulary.people import FIRST_NAMES, LAST_NAMES, WOMEN
from pytest_llmock.shapes.vocabulary.places import PLACES, STREETS, WORLD
from pytest_llmock.shapes.vocabulary.tables import Vocabulary
from pytest_llmock.shapes.vocabulary.work import COMPANIES, JOBS

VOCABULARY_VERSION = 1


ENGLISH = Vocabulary(
    locale="en",
    first_names=FIRST_NAMES,
    women=len(WOMEN),
    last_names=LAST_NAMES,
    places=PLACES,
    world=WORLD,
    streets=STREETS,
    companies=COMPANIES,
    jobs=JOBS,
    phone="+1-{area}-555-01##",
)


@cache
def stride(firsts: int, lasts: int) -> int:
    """The step that visits each full name once before any comes again, in no visible order.

    The name with number k is the first name `k % firsts` and the last name `k // firsts`. A step of about
    0.618 of the way round keeps neighbours far apart; its first-name part has to be large as well.
    """
    people = firsts * lasts
    first = int(people * 0.6180339887)
    steps = (step for step in range(first, first + 4 * firsts) if gcd(step, people) == 1)
    return min(steps, key=lambda step: abs(step % firsts / firsts - 0.382), default=1)


@cache
def vocabulary(locale: str = "en") -> Vocabulary:
    """The words of a locale: our own for "en", otherwise from mimesis (extra `[locales]`).

    Raises SettingsError when mimesis is not installed or does not know the locale.
    """
    if locale.lower().replace("_", "-") in {"", "en", "en-us"}:
        return ENGLISH
    # mimesis is optional and costs 60 ms to import: only whoever asks for another locale pays
    from pytest_llmock.shapes.vocabulary.locales import load  # noqa: PLC0415 - needs the extra 'locales'

    return load(locale)
