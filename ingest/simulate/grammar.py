"""The grammar of all simulated wording: symbol → productions, joined from the words, what people ask, and what campaigns send."""

from ingest.simulate.grammar_campaigns import CAMPAIGN_LINES
from ingest.simulate.grammar_groups import GROUP_LINES
from ingest.simulate.grammar_languages import LANGUAGE_LINES
from ingest.simulate.grammar_people import PEOPLE_LINES
from ingest.simulate.grammar_words import WORDS

_LINES = {**PEOPLE_LINES, **GROUP_LINES, **CAMPAIGN_LINES, **LANGUAGE_LINES}

PRODUCTIONS: dict[str, tuple[str, ...]] = {
    **{symbol: tuple(" ".join(word.split()) for word in words.split(",")) for symbol, words in WORDS.items()},
    **{symbol: tuple(line.strip() for line in lines.strip().splitlines()) for symbol, lines in _LINES.items()},
}
