"""The frozen words, and those of other languages."""

import subprocess
import sys

import pytest

from pytest_llmock.errors import SettingsError
from pytest_llmock.shapes.vocabulary import ENGLISH, VOCABULARY_VERSION, stride, vocabulary
from pytest_llmock.shapes.vocabulary.choices import CHOICES
from pytest_llmock.shapes.vocabulary.goods import PRODUCTS
from pytest_llmock.shapes.vocabulary.words import index, words


def test_version_is_one():
    """Changing a word means raising this number, and the golden test of the sampler says so."""
    assert VOCABULARY_VERSION == 1


@pytest.mark.parametrize(
    "table", ["first_names", "last_names", "places", "world", "streets", "companies", "jobs"]
)
def test_a_table_has_no_entry_twice(table):
    """Equal entries would make values that should differ collide."""
    entries = getattr(ENGLISH, table)

    assert len(set(entries)) == len(entries) >= 20


def test_women_come_first():
    """The first `women` first names are women's."""
    assert ENGLISH.first_names[0] == "Abigail"
    assert ENGLISH.first_names[ENGLISH.women] == "Aaron"


def test_people_are_all_pairs_of_names():
    """Every first name goes with every last name."""
    assert ENGLISH.people == len(ENGLISH.first_names) * len(ENGLISH.last_names) > 20_000


@pytest.mark.parametrize("firsts", [1, 2, 3, 24, 120, len(ENGLISH.first_names)])
def test_a_stride_visits_every_name_once(firsts):
    """As many steps as there are names meet each of them."""
    lasts = 7
    step = stride(firsts, lasts)

    assert len({number * step % (firsts * lasts) for number in range(firsts * lasts)}) == firsts * lasts


def test_neighbouring_people_have_distant_names():
    """Records one after the other do not walk through the alphabet."""
    firsts = len(ENGLISH.first_names)

    assert 0.2 < stride(firsts, len(ENGLISH.last_names)) % firsts / firsts < 0.8


def test_a_product_costs_something():
    """Lowest and highest price are in order."""
    assert all(0 < product.low < product.high for product in PRODUCTS)


def test_no_choice_is_empty():
    """Each kind of word has words."""
    assert all(CHOICES.values())


@pytest.mark.parametrize("locale", ["", "en", "EN", "en-US", "en_us"])
def test_english_is_our_own(locale):
    """Every spelling of American English is the frozen vocabulary."""
    assert vocabulary(locale) is ENGLISH


def test_another_language_has_its_own_names():
    """German people live in Germany, and house numbers follow the street."""
    german = vocabulary("de")

    assert german.first_names != ENGLISH.first_names
    assert {place.country for place in german.places} == {"Deutschland"}
    assert german.address == "{street} {number}"
    assert german.phone == "+49-555-01##-##"


def test_a_region_falls_back_to_its_language():
    """mimesis has no French of Luxembourg, but French."""
    assert vocabulary("fr-LU").locale == "fr"


def test_a_locale_is_the_same_in_every_process():
    """The tables are drawn with our own seed, whatever the hash seed is."""
    code = "from pytest_llmock.shapes.vocabulary import vocabulary; print(ascii(vocabulary('ja')))"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown.strip() == ascii(vocabulary("ja"))


def test_a_locale_without_country_code_has_a_number_still():
    """Where a language's numbers have no country code, the fictional part remains."""
    assert vocabulary("et").phone == "555-01##-##"


def test_an_unknown_locale_names_the_nearest():
    """A typing mistake is corrected."""
    with pytest.raises(SettingsError) as caught:
        vocabulary("dee")

    assert caught.value.message == "There are no words for the locale 'dee'. Did you mean 'de'?"


def test_without_mimesis_the_error_says_what_to_install(monkeypatch):
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "mimesis", None)

    with pytest.raises(SettingsError) as caught:
        vocabulary("it")

    assert caught.value.message == (
        "The locale 'it' needs mimesis, which is not installed. Run `pip install pytest-llmock[locales]`, or "
        "use the locale 'en', which needs nothing."
    )


def test_words_are_those_of_all_lines():
    """Lists are written as lines of words."""
    assert words("red green", "blue") == ("red", "green", "blue")


def test_an_index_leads_from_names_to_kinds():
    """Each name of a kind leads back to it."""
    assert index({"city": "city town", "zip": "zip"}) == {"city": "city", "town": "city", "zip": "zip"}
