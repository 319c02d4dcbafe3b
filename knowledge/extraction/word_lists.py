"""Words that the patterns of claims are made of, and words at which a noun phrase ends."""

from __future__ import annotations

from typing import Final


def words(listed: str) -> frozenset[str]:
    """Write a word list as a line of text rather than as a column of quotes."""
    return frozenset(listed.split())


ARTICLES: Final = words("a an the")
CONNECTORS: Final = words("of the de la le du des del di da von van der den el al & for")
"""Lower-case words within names: "University of Washington", "Ludwig van Beethoven"."""

PREPOSITIONS: Final = words("""
of in on at by for from to with within without into onto over under through during after before
since until against between among via per near along across around about above below behind
beside besides beyond despite except inside outside toward towards upon as than like amid""")

CLAUSE_WORDS: Final = words("""
that which who whom whose what where when while why how if whether because so although though
unless and but or nor is are was were be been being has have had do does did can could will
would may might must shall should not never it he she they we you i this these those there here
then thus hence also him her them us me his its their our your my one such both either neither
each every another other some any all many most few several no none only just even still however
therefore instead rather according due began started note whilst assume suppose e.g i.e etc""")
"""Words that no noun phrase goes on behind."""

ADJUNCTS: Final = words("""
in on at as by for from with during after before since until despite following founded based
built located situated established formed created launched released named according historically
traditionally originally today currently technically essentially however also moreover
furthermore additionally thus therefore hence likewise similarly here instead""")
"""What begins a sentence before its subject: "In Python 3, a module is …"."""

IRREGULAR_PARTICIPLES: Final = words("""
written made known out held built born given found set led run sung sold shown drawn taken
spoken won grown worn seen driven cut put kept left sent lost meant hit read told brought bought""")
SURE_PARTICIPLES: Final = words("""
consisting containing starring featuring including involving using comprising covering relating
dealing serving being having making providing allowing describing affecting causing living
working playing competing representing resulting leading preventing running coming going
requiring enabling becoming pertaining belonging concerning regarding broadcasting rising
operating flowing facing lying looking seeking aiming wearing specializing specialising
attempting located situated based founded established""")
NOUNS_LIKE_ADVERBS: Final = words("""
family assembly anomaly monopoly reply supply italy ally rally july fly jelly belly bully lily
butterfly homily""")
NOUNS_LIKE_PARTICIPLES: Final = words("seed breed feed bed red need speed shed weed deed embed")

EVENTS: Final = words("""
outage outages incident incidents disruption disruptions failure failures downtime error errors
crash crashes degradation delay delays latency loss losses interruption interruptions
unavailability timeout timeouts problem problems issue issues bug bugs fault faults leak leaks
breach breaches corruption overload congestion shortage fire fires accident accidents damage
death deaths collapse spike spikes exhaustion blackout blackouts anomaly anomalies deletion
flood floods disease infection infections injury injuries slowdown defect deadlock hang
regression""")
"""What has a cause."""

WHOLE_EVENTS: Final = words("""
outage incident disruption failure problem issue event error crash accident downtime
interruption blackout""")
"""An event that a report speaks of as "the outage" is the one that its title names."""

RELATIONAL: Final = words("""
member category part number result lot way matter bit example instance result list name word
term case reason cause one time year day place role majority variation version portion section
piece title variant continuation extension successor predecessor subject source victim resident
native child children son daughter sister brother wife husband follower proponent critic
supporter opponent""")
"""Nouns that say nothing without what follows "of"."""

GROUPS: Final = words("set group series collection family pair body range city town")
SORTS: Final = words("kind type form sort kinds types forms sorts species genus")
NO_CLASSES: Final = words("""
empty primary secondary public private bit lot few little must good bad better best great big
long short fun able likely possible necessary important common major minor same different
similar available true false new old while lightweight moment thing things something anything
nothing everything matter mistake shame pity success failure hit favorite favourite first second
third key year time fact idea problem issue question reason""")
"""What "is a" says without telling what its subject is."""
MODIFIERS: Final = words("""
film television tv radio stage theatre theater video music pop rock jazz news print voice screen
country folk soul gospel short football road rail art fashion""")
"""Nouns that stand before another: "film" in "a film, television and stage actor" is no class."""
NO_SUBJECTS: Final = words("""
factor factors goal aim result results step reason cause example way problem issue thing idea
point part response case first second key trick catch""")
"""What is described rather than classified: "another factor was a bug"."""
