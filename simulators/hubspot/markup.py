"""The look of the simulator's pages."""

from __future__ import annotations

from html import escape

_STYLE = """
:root{color-scheme:light dark;--line:#cbd6e2;--ink:#33475b;--accent:#0b7a75;--soft:#f5f8fa;--page:#fff}
@media(prefers-color-scheme:dark){:root{--line:#3b4a5a;--ink:#dfe7ef;--accent:#5cc8c2;--soft:#1d2733;--page:#141b24}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0}
header{border-bottom:3px solid var(--accent);padding:.8rem 1.5rem}
header h1{font-size:1.1rem;margin:0}
main{max-width:76rem;margin:0 auto;padding:1.5rem}
main.narrow{max-width:32rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:middle}
th{background:var(--soft);font-weight:600}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
form.card,section.card{border:1px solid var(--line);border-radius:8px;padding:1.2rem 1.5rem}
label.choice{display:block;padding:.5rem;border:1px solid var(--line);border-radius:6px;margin:.4rem 0}
button,select{font:inherit;padding:.3rem .8rem;border-radius:6px;border:1px solid var(--line);
background:var(--page);color:inherit}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--page);font-weight:600}
@media(max-width:45rem){body{font-size:13px}main{padding:1rem .75rem}th,td{padding:.3rem}select{max-width:7rem}}
nav a{margin-right:1rem}a{color:var(--accent)}code{background:var(--soft);padding:0 .25rem}
"""


def page(title: str, body: str, *, narrow: bool = False) -> str:
    """`body` is markup, `title` plain text."""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1></header><main{' class=narrow' if narrow else ''}>{body}</main></body></html>"
    )


def hidden(name: str, value: str) -> str:
    return f"<input type='hidden' name='{escape(name)}' value='{escape(value)}'>"
