from __future__ import annotations

import pytest

from foundation.errors import Unparsable
from ingest.parsers.limits import Limits
from tests.ingest.parsers.conftest import Read

PAGE = """<!DOCTYPE html>
<html lang="ja"><head><title>運用手順 | Wiki</title>
<meta name="description" content="How we run it"><style>p {color: red}</style></head>
<body><nav><a href="/">Home</a></nav>
<h1>Runbook<a class="headerlink" href="#runbook">¶</a></h1>
<p>Call <code>restart_all()</code>, not *that*; see <a href="https://example.org/a">the guide</a>
and <a href="#below">below</a>. 障害の
場合は<ruby>再起動<rt>さいきどう</rt></ruby>。</p>
<h2>Steps</h2><ul><li>one<li>two<ol><li>deeper</ol></ul>
<pre><code class="language-python">def f(x):
    return x_y * 2
</code></pre>
<table><tr><th>Host<th>Role<tr><td>web|1<td>表示</table>
<table><tr><td><p>laid out</p></td><td><table><tr><td>a<td>b</table></td></tr></table>
<img src="data:image/png;base64,AAAA" alt="A diagram"><script>alert(1)</script><!-- hidden -->
</body></html>"""


def test_a_page_becomes_markdown(read: Read) -> None:
    found = read("page.html", PAGE.encode())
    assert found.title == "運用手順 | Wiki"
    assert found.media_type == "text/html"
    assert found.metadata == {"encoding": "utf-8", "language": "ja", "description": "How we run it"}
    assert found.text.startswith("# Runbook\n\nCall `restart_all()`, not *that*; see [the guide]")
    for part in (
        "(https://example.org/a)",
        "and below. 障害の場合は再起動。",
        "## Steps\n\n- one\n- two\n  1. deeper",
        "```python\ndef f(x):\n    return x_y * 2\n```",
        "| Host | Role |\n| --- | --- |\n| web\\|1 | 表示 |",
        "laid out",
        "A diagram",
    ):
        assert part in found.text
    for noise in ("Home", "¶", "color", "alert", "hidden", "base64", "さいきどう"):
        assert noise not in found.text


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "iso-2022-jp", "utf-16"])
def test_the_encoding_is_found_with_and_without_a_declaration(read: Read, encoding: str) -> None:
    body = "<h1>障害対応</h1><p>サーバーを再起動してください。</p>"
    told = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">{body}'
    for html in (told, body):
        found = read("page.html", html.encode(encoding))
        assert found.text == "# 障害対応\n\nサーバーを再起動してください。"
        assert found.title == "障害対応"


def test_the_servers_charset_counts(read: Read) -> None:
    found = read("x", "<p>кот</p>".encode("koi8_r"), media_type="text/html; charset=KOI8-R")
    assert found.text == "кот"


def test_end_tags_may_be_left_out_and_xhtml_is_html(read: Read) -> None:
    assert read("a.html", b"<p>one<p>two<dl><dt>term<dd>meaning</dl>").text.startswith("one\n\ntwo")
    prolog = b'<?xml version="1.0" encoding="utf-8"?>\n'
    html = b'<html xmlns="http://www.w3.org/1999/xhtml"><body><h2>x</h2></body></html>'
    assert read("a.xhtml", prolog + html).text == "## x"


def test_nesting_that_no_recursion_survives_still_gives_its_text(read: Read) -> None:
    deep = "<div>" * 5000 + "the end" + "</div>" * 5000
    assert read("deep.html", deep.encode()).text == "the end"


def test_a_document_that_burns_processor_time_is_stopped_and_the_next_one_read(read: Read) -> None:
    # Numbering an item of a list looks at all before it: quadratic in the list's length.
    burning = b"<ol>" + b"<li>x" * 60_000 + b"</ol>"
    with pytest.raises(
        Unparsable, match=r"list\.html: reading the HTML took more than 1 s of proc"
    ):
        read("list.html", burning, limits=Limits(cpu_seconds=1))
    assert read("next.html", b"<h1>alive</h1>").text == "# alive"


def test_a_page_of_a_single_long_line_is_read(read: Read) -> None:
    text = "word " * 1_000_000
    assert read("line.html", f"<p>{text}</p>".encode()).text == text.strip()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html><body><script>x</script></body></html>", "the HTML document holds no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "claims to be HTML but its first bytes are a PNG image"),
        (bytes(range(1, 9)) * 500, "claims to be HTML but holds binary data"),
        (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><html>&a;</html>',
            "declares XML entities",
        ),
    ],
)
def test_what_is_no_page_is_refused(read: Read, data: bytes, said: str) -> None:
    with pytest.raises(Unparsable, match=said):
        read("page.html", data)
