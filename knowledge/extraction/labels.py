"""Maps what models call the kinds of names onto ours, so that all extractors speak alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from knowledge.extraction.model import NameKind

_LABELS: Final[Mapping[NameKind, str]] = MappingProxyType(
    {
        NameKind.PERSON: "person per prs persname people human character god family pet petname",
        NameKind.ORGANISATION: "org organisation organization orgname gpeorg company companygroup "
        "corporation corporationother institution agency team government politicalparty "
        "politicalorganization politicalorganizationother publicinstitution researchinstitute "
        "school military internationalorganization sportsorganization sportsorganizationother "
        "prosportsorganization sportsleague showorganization organizationother",
        NameKind.PLACE: "place placename gpe gpeloc loc location geogname fac facility "
        "facilityother facilitypart city county province country continentalregion "
        "domesticregion regionother gpeother locationother geologicalregionother "
        "astralbodyother constellation planet space airport amusementpark "
        "archaeologicalplaceother bay bridge canal carstop goeother island lake lineother "
        "mountain museum park port postaladdress railroad river road sea spa sportsfacility "
        "station theater tumulus tunnel waterroute worshipplace zoo cabinet",
        NameKind.EVENT: "event evt evn eventother conference earthquake incidentother movement "
        "naturaldisaster naturalphenomenonother occasionother religiousfestival war",
        NameKind.PRODUCT: "product prod productother software device aircraft broadcastprogram "
        "car drug game magazine newspaper ship spaceship train vehicleother weapon",
        NameKind.DATE: "date time tme datetime day year era dayofweek timetopother timexother "
        "periodday periodmonth periodtime periodweek periodyear periodxother",
        NameKind.QUANTITY: "quantity money percent percentage msr measure age calorie class "
        "countxother frequency intensity latitudelongtitude measurementother multiplication "
        "numexother physicalextent point rank schoolage seismicmagnitude speed temperature "
        "volume weight",
        NameKind.TERM: "term technology concept method positionvocation titleother titleaffix "
        "dish foodother clothing colorother naturecolor materials material element compound "
        "mineral animalpart amphibia bird fish flora florapart fungus insect livingthingother "
        "livingthingpartother mammal mollusc mollusarthropod mollscarthropod reptile "
        "animaldisease diseaseother disease naturalobjectother unitother sport offense style "
        "academic doctrinemethodother theory culture plan moneyform ruleother",
        NameKind.URL: "url",
        NameKind.EMAIL: "email",
        NameKind.VERSION: "version",
        NameKind.ACRONYM: "acronym",
        NameKind.PATH: "path file filename",
        NameKind.CODE: "code identifier",
    }
)
"""Words by kind, without case and punctuation: OntoNotes, WikiNER, the extended scheme of
Sekine's that GiNZA uses, the Scandinavian and Polish pipelines, and what a prompt may say."""

_DROPPED: Final = frozenset({"cardinal", "ordinal", "ordinalnumber", "idnumber", "phone"})
"""Numbers that name and measure nothing."""

_KIND_OF: Final[Mapping[str, NameKind]] = {
    label: kind for kind, labels in _LABELS.items() for label in chain(labels.split())
}
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


def kind_of_label(label: str) -> NameKind | None:
    """Answer the kind that a model's label means; None where its spans are no use to anybody.

    A label that is not known (NORP, WORK_OF_ART, a model's invention) is a plain name.
    """
    if label.startswith("N_"):  # GiNZA's counts: N_Person is "three people"
        return NameKind.QUANTITY
    folded = _NOT_LETTERS.sub("", label).casefold()
    return None if folded in _DROPPED else _KIND_OF.get(folded, NameKind.NAME)
