"""The Traffic Light Protocol 2.0 (FIRST, August 2022): with whom a bundle may be shared, said in every format it holds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.bundle.redaction import Redaction


class Tlp(StrEnum):
    """Labels of TLP 2.0, widest circle first."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"


@dataclass(frozen=True)
class Meaning:
    """Its sentence for readers, and the id that OASIS gave its marking in STIX 2.1."""

    words: str
    marking: str


MEANINGS: dict[Tlp, Meaning] = {
    Tlp.CLEAR: Meaning("Recipients can spread this to the world.", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"),
    Tlp.GREEN: Meaning("Recipients can share this within their community.", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
    Tlp.AMBER: Meaning(
        "Recipients can share this on a need-to-know basis within their organisation and its clients.",
        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    ),
    Tlp.AMBER_STRICT: Meaning(
        "Recipients can share this on a need-to-know basis within their organisation only.",
        "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    ),
    Tlp.RED: Meaning("For the eyes and ears of individual recipients only.", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"),
}

# What a bundle is labelled where nobody says otherwise: the less is masked, the smaller the circle.
USUAL: dict[Redaction, Tlp] = {Redaction.FULL: Tlp.RED, Redaction.PSEUDONYMOUS: Tlp.AMBER_STRICT, Redaction.PUBLIC: Tlp.CLEAR}


# OASIS: the extension that defines these markings (STIX 2.1 knows TLP 1 only), and when it made them.
_STIX_EXTENSION, _STIX_CREATED = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d", "2022-10-01T00:00:00.000Z"


def label(tlp: Tlp) -> str:
    """As readers write it: TLP:AMBER+STRICT."""
    return f"TLP:{tlp.value.upper()}"


def stix_marking(tlp: Tlp) -> dict[str, Any]:
    """The object that says the label in a STIX 2.1 bundle."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MEANINGS[tlp].marking,
        "created": _STIX_CREATED,
        "name": label(tlp),
        "extensions": {_STIX_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.value}},
    }
