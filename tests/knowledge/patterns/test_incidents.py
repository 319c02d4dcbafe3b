from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from foundation.ids import ChunkId
from knowledge.patterns.incident_classes import learn, terms_of
from knowledge.patterns.incident_ranking import Counts, Told, Trial, reciprocal_rank
from knowledge.patterns.incident_seeds import CAUSES, PROBLEMS, REMEDIES
from knowledge.patterns.incidents import Said, mine_incidents, read_incident, read_incidents
from knowledge.patterns.model import Passage, PatternKind, held_back

ENGLISH = {
    "dns": (
        "DNS failures were seen in {place}, and resolvers were down. The outage was caused by a "
        "configuration change of the zone. Engineers rolled back the setting."
    ),
    "database": (
        "The database of {place} was unavailable for an hour. The outage was caused by a flood of "
        "traffic. The incident was resolved by adding capacity."
    ),
}
JAPANESE = (
    "{place}でデータベースの障害が発生しました。原因は、リリースしたアプリの不具合でした。"
    "リリースを切り戻し、復旧しました。"
)


def passages(number: int, text: str, *, title: str = "") -> list[Passage]:
    return [
        Passage(ChunkId(100 * number + place), f"reports/{number}", title, (), sentence)
        for place, sentence in enumerate(text.split("\n"))
    ]


def reports(kind: str, count: int, *, first: int = 0) -> list[Passage]:
    made = (
        passages(number, ENGLISH[kind].format(place=f"region {number}"))
        for number in range(first, first + count)
    )
    return [passage for own in made for passage in own]


def test_a_report_is_read_with_the_place_of_each_phrase() -> None:
    text = (
        "The payment API was down from 10:00.\n"
        "The root cause was an expired certificate.\nWe renewed the certificate."
    )
    own = passages(7, text, title="Payments down")
    incident = read_incident(own)
    assert incident is not None
    assert incident.problem.text == "The payment API was down from 10:00"
    assert [cause.text for cause in incident.causes] == ["an expired certificate"]
    assert [remedy.text for remedy in incident.remedies] == ["We renewed the certificate"]
    by_id = {passage.chunk_id: passage.text for passage in own}
    for said in (incident.problem, *incident.causes, *incident.remedies):
        assert by_id[said.chunk_id][said.start : said.end] == said.text
    assert incident.causes[0] == Said("an expired certificate", ChunkId(701), 19, 41)


@pytest.mark.parametrize(
    "text",
    [
        "Components are cached because rendering is slow. Use a key to reset them.",
        "An error in one sentence. And nine more. Of other. Things. That. Are. Not. Any. Trouble.",
        "コンポーネントは、キーにより再利用されます。",
        "",
    ],
)
def test_what_reports_no_incident_is_not_read(text: str) -> None:
    assert read_incident(passages(1, text)) is None
    assert read_incident([]) is None


def test_phrases_are_sorted_by_the_seed_whose_term_comes_first() -> None:
    causes = learn(CAUSES, [])
    assert causes.of("a latent bug in the network configuration") == "a software bug"
    assert causes.of("a configuration change of the network") == "a configuration change"
    assert causes.of("証明書の有効期限切れ") == "an expired certificate"
    assert causes.of("アクセスの集中による過負荷") == "overload"
    assert causes.of("the weather") is None
    assert causes["overload"].origin == "seed"


def test_seeds_have_one_name_each_in_both_languages() -> None:
    for seeds in (CAUSES, REMEDIES, PROBLEMS):
        assert len({seed.name for seed in seeds}) == len(seeds)
        assert len({seed.japanese for seed in seeds}) == len(seeds)


def test_a_term_that_goes_with_a_class_joins_it() -> None:
    told = [(str(n), "a bug in the scheduler") for n in range(4)]
    told += [(str(n), f"overload of host{n}") for n in range(10, 30)]
    causes = learn(CAUSES, told)
    assert causes.of("the scheduler") == "a software bug"
    assert causes["a software bug"].origin == "seed and data"
    assert causes["a software bug"].terms == ("scheduler",)


def test_a_term_that_recurs_where_no_seed_applies_makes_a_class() -> None:
    told = [(str(n), f"squirrels in building {n}") for n in range(6)]
    causes = learn(CAUSES, told)
    assert causes.of("squirrels in a building") in {"squirrels", "building"}
    own = [name for name, grown in causes.grown.items() if grown.origin == "data"]
    assert len(own) == 1


def test_terms_leave_out_the_words_of_every_incident() -> None:
    assert set(terms_of("The outage was caused by deadlocked schedulers")) == {
        "deadlock",
        "scheduler",
    }
    assert set(terms_of("障害の原因は設定変更")) == {"設定変更"}


def test_a_pattern_tells_problem_cause_and_remedy_with_proof() -> None:
    corpus = [*reports("dns", 8), *reports("database", 16, first=50)]
    findings = {finding.key: finding for finding in mine_incidents(corpus)}
    found = findings["incident: failing name resolution < a configuration change"]
    assert found.kind is PatternKind.INCIDENT
    assert found.statement == (
        "A configuration change is often behind failing name resolution (8 of 8 incidents); "
        "what helped most was rolling back (in 8 of them)"
    )
    assert (found.support, found.confidence) == (8, 1.0)
    assert found.lift == pytest.approx(24 / 8)
    assert found.data["remedies"] == [{"remedy": "rolling back", "incidents": 8}]
    assert found.data["examples"][0]["cause"].startswith("a configuration change")
    texts = {passage.chunk_id: passage.text for passage in corpus}
    assert len(found.evidence) == 8
    assert all("configuration" in texts[chunk] for chunk in found.evidence)


def test_a_pattern_passes_its_gate_where_held_back_incidents_confirm_it() -> None:
    corpus = [*reports("dns", 60), *reports("database", 120, first=200)]
    gates = {finding.key: finding.gate for finding in mine_incidents(corpus)}
    confirmed = gates["incident: failing name resolution < a configuration change"]
    assert confirmed.passed
    assert (confirmed.score, confirmed.baseline) == (1.0, 0.5)
    assert confirmed.cases >= 10
    commonest = gates["incident: database trouble < overload"]
    assert not commonest.passed  # base rates alone rank it first


def test_few_incidents_confirm_nothing() -> None:
    gates = [finding.gate for finding in mine_incidents([*reports("dns", 6), *reports("dns", 3)])]
    assert not any(gate.passed for gate in gates)


def test_japanese_reports_make_a_japanese_statement() -> None:
    corpus = [p for n in range(6) for p in passages(n, JAPANESE.format(place=f"拠点{n}"))]
    corpus += reports("dns", 12, first=30)
    findings = {finding.key: finding for finding in mine_incidents(corpus)}
    found = findings["incident: database trouble < a release or upgrade"]
    assert found.statement == (
        "データベースの障害の原因は多くの場合リリースや更新（6件中6件）。最も役立った対処はロールバック（6件）"
    )


def test_the_order_of_passages_does_not_matter() -> None:
    corpus = [*reports("dns", 12), *reports("database", 12, first=50)]
    shuffled: Sequence[Passage] = random.Random(3).sample(corpus, len(corpus))
    assert mine_incidents(corpus) == mine_incidents(shuffled)
    assert read_incidents(corpus) == read_incidents(shuffled)


def test_the_reciprocal_rank_is_that_of_the_first_true_cause() -> None:
    assert reciprocal_rank(["a", "b", "c"], {"c", "b"}) == 1 / 2
    assert reciprocal_rank(["a", "b", "c"], {"c"}) == 1 / 3
    assert reciprocal_rank(["a", "b", "c"], {"d"}) == 0


def test_a_pattern_lifts_its_cause_where_its_problem_is() -> None:
    told = [Told(str(n), frozenset({"p"}), frozenset({"rare"})) for n in range(6)]
    told += [Told(str(n), frozenset({"q"}), frozenset({"common"})) for n in range(6, 16)]
    counts = Counts.of(told)
    assert counts.patterns() == [("p", "rare"), ("q", "common")]
    assert counts.rank({"p"}) == ["common", "rare"]
    assert counts.rank({"p"}, [("p", "rare")]) == ["rare", "common"]
    assert counts.rank({"q"}, [("p", "rare")]) == ["common", "rare"]
    assert counts.lift(("p", "rare")) == pytest.approx(16 / 6)


def test_patterns_together_are_measured_on_all_held_back_incidents() -> None:
    told = [
        Told(f"reports/{n}", frozenset({"pq"[n % 2]}), frozenset({("one", "two")[n % 2]}))
        for n in range(300)
    ]
    together = Trial(told).together()
    assert together.passed
    assert together.score == 1
    assert together.cases == sum(held_back(one.case) for one in told)


def test_patterns_of_chance_pass_neither_alone_nor_together() -> None:
    dice = random.Random(11)
    told = [
        Told(f"reports/{n}", frozenset({dice.choice("pq")}), frozenset({dice.choice("abc")}))
        for n in range(400)
    ]
    trial = Trial(told)
    assert not trial.together().passed
    assert not any(trial.measure((p, c)).passed for p in "pq" for c in "abc")
