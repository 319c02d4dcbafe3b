from __future__ import annotations

import random

import numpy as np
import pytest
import xxhash
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.signatures import (
    MIN_SHINGLES,
    PERMUTATIONS,
    SCHEME,
    Shingles,
    Signature,
    Signer,
    band_keys,
    containment,
    find_probability,
    jaccard,
    shingles,
)

ENGLISH = (
    "The valve closes when the pressure in the second chamber falls below the limit that the "
    "operator has set, and opens again only after somebody has pressed the green button twice."
)
JAPANESE = (
    "第二室の圧力が操作員の定めた限界を下回ると弁は閉じ、緑の釦が二度押されるまで開きません。"
)
HINDI = "जब दूसरे कक्ष का दबाव सीमा से नीचे जाता है तब वाल्व बंद हो जाता है"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


def numbers(count: int, start: int = 0) -> Shingles:
    rng = np.random.default_rng(start)
    return np.unique(rng.integers(0, 2**32, count, np.uint32))


@given(st.text())
def test_shingles_of_any_text_are_sorted_and_distinct(text: str) -> None:
    values = shingles(text)
    assert values.dtype == np.uint32
    assert np.all(values[1:] > values[:-1])


def test_a_text_with_spaces_has_a_shingle_for_every_three_words() -> None:
    assert len(shingles("one two three four five")) == 3
    assert len(shingles("one two one two one two one")) == 2


def test_japanese_has_a_shingle_for_every_five_characters() -> None:
    assert len(shingles("吾輩は猫である")) == 3
    assert len(shingles("吾輩は、猫である。")) == 3


def test_a_mixed_text_has_the_shingles_of_its_words_and_of_its_characters() -> None:
    both = shingles("吾輩は猫である read the manual 名前はまだ無い before you start")
    assert set(shingles("read the manual before you start")) < set(both)
    assert set(shingles("吾輩は猫である名前はまだ無い")) < set(both)


def test_a_sequence_shorter_than_a_shingle_is_one_shingle() -> None:
    assert len(shingles("Hello")) == len(shingles("猫")) == 1
    assert set(shingles("hello")) != set(shingles("goodbye"))


@pytest.mark.parametrize("text", ["", " \n\t", "… — !?", "\0", "\ud800 \udfff"])
def test_a_text_without_words_has_no_shingles(text: str) -> None:
    assert len(shingles(text)) == 0
    assert jaccard(shingles(text), shingles(text)) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGLISH, ENGLISH.upper()),
        (ENGLISH, ENGLISH.replace(" ", "\n  ").replace(",", " –")),
        ("ABC 123 カタカナ", "ＡＢＣ １２３ ｶﾀｶﾅ"),
        ("Straße eins zwei", "STRASSE EINS ZWEI"),
    ],
)
def test_case_width_punctuation_and_spacing_do_not_count(one: str, other: str) -> None:
    assert np.array_equal(shingles(one), shingles(other))


def test_the_order_of_words_counts() -> None:
    assert jaccard(shingles("the dog bit the man"), shingles("the man bit the dog")) == 0


def test_vowel_signs_do_not_break_words() -> None:
    assert len(shingles(HINDI)) == len(HINDI.split()) - 2


def test_words_across_the_borders_of_windows_stay_whole() -> None:
    words = random.Random(7).choices(["w" * size for size in range(1, 90, 5)], k=40_000)
    text = " ".join(words)
    assert len(text) > 1 << 20
    assert len(shingles(text)) == len(set(zip(words, words[1:], words[2:], strict=False)))


def test_a_word_of_two_megabytes_is_one_shingle() -> None:
    assert len(shingles("a" * 2_000_000)) == 1


sets = st.sets(st.integers(0, 30))


@given(sets, sets)
def test_jaccard_and_containment_are_those_of_the_sets(one: set[int], other: set[int]) -> None:
    a, b = (np.array(sorted(values), np.uint32) for values in (one, other))
    common = len(one & other)
    assert jaccard(a, b) == common / max(len(one | other), 1)
    assert containment(a, b) == common / max(min(len(one), len(other)), 1)


def test_a_signature_is_the_minhash_of_the_shingles(signer: Signer) -> None:
    values = numbers(1500)
    plain = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int)
    for value in values.tolist():
        plain.update(value)
    assert np.array_equal(signer.sign_shingles(values).values, plain.hashvalues)


def test_texts_are_signed_alike_alone_and_together(signer: Signer) -> None:
    texts = [ENGLISH, JAPANESE, "", HINDI, ENGLISH]
    together = signer.sign_many(texts)
    assert [s.to_bytes() for s in together] == [Signer().sign(t).to_bytes() for t in texts]
    assert [s.shingles for s in together] == [len(shingles(t)) for t in texts]


def test_the_estimate_is_near_the_true_similarity(signer: Signer) -> None:
    common, first, second = numbers(900, 1), numbers(300, 2), numbers(300, 3)
    a, b = np.union1d(common, first), np.union1d(common, second)
    estimate = signer.sign_shingles(a).estimate(signer.sign_shingles(b))
    assert jaccard(a, b) == pytest.approx(0.6)
    assert estimate == pytest.approx(0.6, abs=0.13)


def test_signatures_survive_storage(signer: Signer) -> None:
    signature = signer.sign(ENGLISH)
    data = signature.to_bytes()
    assert len(data) == 512
    restored = Signature.from_bytes(signature.scheme, signature.shingles, data)
    assert band_keys(restored) == band_keys(signature)
    assert restored.estimate(signature) == 1


@pytest.mark.parametrize(("scheme", "size"), [("legacy-128", 512), (SCHEME, 500)])
def test_signatures_of_another_making_are_refused(scheme: str, size: int) -> None:
    with pytest.raises(InvalidInput, match="sign the document's text again"):
        Signature.from_bytes(scheme, 9, bytes(size))


def test_stored_signatures_keep_their_meaning(signer: Signer) -> None:
    """Who must change the digest below changes SCHEME too: stored signatures mean nothing then."""
    made = b"".join(signer.sign(text).to_bytes() for text in (ENGLISH, JAPANESE, HINDI))
    assert (SCHEME, xxhash.xxh3_64_hexdigest(made)) == ("affine32-128-w3c5-1", "43e721bc5d6cfcbe")


def test_a_text_is_filed_under_32_signed_keys(signer: Signer) -> None:
    keys = band_keys(signer.sign(ENGLISH))
    assert len(set(keys)) == 32
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert any(key < 0 for key in keys)


def test_the_same_values_in_another_band_are_another_key() -> None:
    keys = band_keys(Signature(SCHEME, 99, np.zeros(PERMUTATIONS, np.uint32)))
    assert len(set(keys)) == 32


def test_a_short_text_is_filed_nowhere(signer: Signer) -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    assert len(shingles(" ".join(words))) == MIN_SHINGLES
    assert band_keys(signer.sign(" ".join(words)))
    assert band_keys(signer.sign(" ".join(words[:-1]))) == []


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.6, 0.7])
def test_bands_find_pairs_as_often_as_promised(signer: Signer, similarity: float) -> None:
    trials, found = 200, 0
    for trial in range(trials):
        union = np.random.default_rng(trial).integers(0, 2**32, 400, np.uint32)
        common = round(400 * similarity)
        border = (400 + common) // 2
        one = signer.sign_shingles(np.unique(union[:border]))
        other = signer.sign_shingles(np.unique(union[border - common :]))
        found += not set(band_keys(one)).isdisjoint(band_keys(other))
    expected = find_probability(similarity)
    spread = (expected * (1 - expected) / trials) ** 0.5
    assert found / trials == pytest.approx(expected, abs=4 * spread + 0.005)


def test_pairs_at_the_review_threshold_are_found_in_98_of_100_cases() -> None:
    assert find_probability(0.6) > 0.98
    assert find_probability(0.1) < 0.005
