"""The plot of all.py's figures: for each size and encoding, how many requests
a second each page takes beside a file of the same bytes. SVG, by hand.
"""

from html import escape

from report import ENCODINGS, KINDS, ratio

SERIES = ("memory", "least", "dynamic", "store")
WIDTH, LEFT, GAP, TOP = 1000, 46, 34, 84
PANEL_HEIGHT, ROW_HEIGHT = 170, 250
PANEL_WIDTH = (WIDTH - LEFT - GAP - 20) // 2
CEILING = 1.2

STYLE = """
svg { font: 13px system-ui, sans-serif; background: #fff; }
text { fill: #1c1c1c; }
.title { font-size: 17px; font-weight: 600; }
.small { font-size: 11px; }
.line { stroke: #c9c9c9; }
.full { stroke: #1c1c1c; stroke-dasharray: 4 3; }
.memory { fill: #9a9a9a; }
.least { fill: #c98a1b; }
.dynamic { fill: #2f6fb3; }
.store { fill: #2c8a57; }
@media (prefers-color-scheme: dark) {
  svg { background: #16181a; }
  text { fill: #ececec; }
  .line { stroke: #45494d; }
  .full { stroke: #ececec; }
  .memory { fill: #7d8186; }
  .least { fill: #e0a53c; }
  .dynamic { fill: #6aa6e6; }
  .store { fill: #58bd87; }
}
"""


def text(x, y, words, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" '
            f'text-anchor="{anchor}">{escape(words)}</text>')


def legend():
    parts, x = [], LEFT
    for kind in SERIES:
        parts.append(f'<rect class="{kind}" x="{x}" y="52" width="12" '
                     'height="12"/>')
        parts.append(text(x + 18, 63, KINDS[kind]))
        x += 130
    parts.append(f'<path class="full" d="M{x} 58h28"/>')
    parts.append(text(x + 34, 63, "(a) nginx and a file: 1"))
    return parts


def grid(x, y):
    parts = []
    for step in range(0, int(CEILING * 10) + 1, 2):
        at = y + PANEL_HEIGHT * (1 - step / 10 / CEILING)
        kind = "full" if step == 10 else "line"
        parts.append(f'<path class="{kind}" d="M{x} {at:.1f}h{PANEL_WIDTH}"/>')
        parts.append(text(x - 6, at + 4, f"{step / 10:.1f}", "small", "end"))
    return parts


def bar(x, y, width, kind, value):
    height = PANEL_HEIGHT * min(value, CEILING) / CEILING
    top = y + PANEL_HEIGHT - height
    return [f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}">'
            f'<title>{KINDS[kind]}: {value:.2f}</title></rect>',
            text(x + width / 2, top - 3, f"{value:.2f}".removeprefix("0"),
                 "small", "middle")]


def panel(x, y, size, encoding, heading):
    parts = [text(x, y - 10, heading), *grid(x, y)]
    room = PANEL_WIDTH / len(size["pages"])
    width = room / (len(SERIES) + 0.6)
    for i, page in enumerate(size["pages"]):
        values = [(kind, ratio(size["rates"], f"{page}/{encoding}/{kind}",
                               f"{page}/{encoding}/file"))
                  for kind in SERIES]
        values = [(kind, value) for kind, value in values if value]
        at = x + room * i + (room - width * len(values)) / 2
        for kind, value in values:
            parts += bar(at, y, width - 2, kind, value)
            at += width
        parts.append(text(x + room * (i + 0.5), y + PANEL_HEIGHT + 18, page,
                          anchor="middle"))
    return parts


def svg(result):
    sizes = result["sizes"]
    height = TOP + ROW_HEIGHT * len(sizes)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
             f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
             f'height="{height}"><title>Requests a second beside a file of '
             f'the same bytes</title><style>{STYLE}</style>',
             text(LEFT, 32, "Requests a second, of what nginx sends from a "
                  f"file of the same bytes ({result['machine']})", "title"),
             *legend()]
    for row, (posts, size) in enumerate(sizes.items()):
        for column, encoding in enumerate(ENCODINGS):
            parts += panel(LEFT + column * (PANEL_WIDTH + GAP),
                           TOP + 28 + row * ROW_HEIGHT, size, encoding,
                           f"{int(posts):,} posts, {encoding}")
    return "\n".join(parts + ["</svg>"]) + "\n"
