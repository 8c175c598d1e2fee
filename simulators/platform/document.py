"""An HTML document, as every page of the platform is one."""

from html import escape

STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
body { font: 16px/1.5 system-ui, sans-serif; }
nav, nav ol { display: flex; flex-wrap: wrap; gap: 0 .5rem; padding: 0; margin: 0; list-style: none; }
nav span::after { content: "\\2192"; margin-left: .5rem; opacity: .6; }
"""


def document(title: str, style: str, *body: str) -> str:
    """The title as text; style and body as they are."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{STYLE}{style}</style><body>{''.join(body)}</body></html>"
    )
