"""What the figures of all.py come to: tables, and what was promised.

result["sizes"][posts]["rates"]["list/plain/file"] are requests a second, one
for each round; a ratio is the median of the ratios within each round.
"""

import statistics

ENCODINGS = ("plain", "gzip")
# Of a board, with what is told of it.
KINDS = {"file": "(a) file", "memory": "(b) memory", "least": "(c) least",
         "dynamic": "dynamic", "store": "from the store"}
PUBLISHED, DYNAMIC, POSTS, RESIDENT_BYTES = 0.93, 0.85, 0.6, 12e6
SPREAD = 1.3


def median(values):
    return statistics.median(values) if values else None


def ratio(rates, one, other):
    """Of two series of one size; None where there is not both."""
    pairs = zip(rates.get(one, ()), rates.get(other, ()))
    return median([a / b for a, b in pairs])


def shown(value, form="{:,.0f}"):
    return "–" if value is None else form.format(value)


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |",
             "|" + "|".join(["---"] + ["--:"] * (len(heads) - 1)) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def rates_table(size):
    rates, rows = size["rates"], []
    for page in size["pages"]:
        for encoding in ENCODINGS:
            def name(kind):
                return f"{page}/{encoding}/{kind}"

            def of(kind, base):
                return shown(ratio(rates, name(kind), name(base)), "{:.2f}")

            rows.append(
                [page + (", gzip" if encoding == "gzip" else ""),
                 shown(size["bytes"][page][ENCODINGS.index(encoding)])] +
                [shown(median(rates.get(name(kind)))) for kind in KINDS] +
                [of("store", "file"), of("dynamic", "file"),
                 of("dynamic", "memory"), of("dynamic", "least")])
    return table(["page", "bytes", *KINDS.values(), "store : (a)",
                  "dynamic : (a)", "dynamic : (b)", "dynamic : (c)"], rows)


def writes_table(sizes):
    rows = []
    for posts, size in sizes.items():
        writes = size["writes"]
        rows.append([f"{int(posts):,}"] +
                    [shown(median(writes.get(kind)))
                     for kind in ("dynamic", "store", "script", "script32")] +
                    [shown(ratio(writes, kind, "script"), "{:.2f}")
                     for kind in ("dynamic", "store")])
    return table(["posts", "posts a second through nginx, no store",
                  "with the store", "(d) redis-benchmark -c 8",
                  "redis-benchmark -c 32", "no store : (d)",
                  "with the store : (d)"], rows)


def paces_table(size):
    rows = []
    for name, found in size["pace"].items():
        rows.append([name] + [shown(found[which] / 1000, "{:.2f}")
                              for which in ("p50", "p99", "p999")] +
                    [shown(found["errors"]),
                     shown(size["first"].get(name, 0) / 1000 or None,
                           "{:.2f}")])
    return table(["ms", "p50", "p99", "p99.9", "errors",
                  "first byte, idle"], rows)


def memory_table(sizes):
    rows = []
    for posts, size in sizes.items():
        made = size["fill"]
        before, after = size["resident"]
        rows.append(
            [f"{int(posts):,}", shown(made["bytes"] / made["posts"]),
             shown(made["bytes"] / made["with_replies"])] +
            [f"{before[part]:,} → {after[part]:,}"
             for part in ("worker", "nginx", "redis")])
    return table(["posts", "bytes in Redis a post with its replies",
                  "a post or reply",
                  "KiB resident: the larger worker",
                  "nginx's processes", "redis"], rows)


def kept(verdicts, what, values, limit, under=False):
    """Notes what was promised of the worst of some values, by their names."""
    values = {name: value for name, value in values.items()
              if value is not None}
    if not values:
        verdicts.append(f"{what}: not measured")
        return
    name = (max if under else min)(values, key=values.get)
    holds = (values[name] < limit if under else values[name] >= limit)
    verdicts.append(f"{what}: {values[name]:.2f} ({name}), "
                    f"{'under' if under else 'at least'} {limit:g}: "
                    f"{'holds' if holds else 'MISSED'}")


def promised(sizes):
    """Each figure that was promised, by its name: of each size, or None."""
    found = {}

    def note(name, posts, value):
        found.setdefault(name, {})[posts] = value

    for posts, size in sizes.items():
        for encoding in ENCODINGS:
            for page in ("list", "thread"):
                note(f"published {page}, {encoding}", posts,
                     ratio(size["rates"], f"{page}/{encoding}/store",
                           f"{page}/{encoding}/file"))
            note(f"dynamic list, {encoding}", posts,
                 ratio(size["rates"], f"list/{encoding}/dynamic",
                       f"list/{encoding}/least"))
        kind = "store" if size["writes"].get("store") else "dynamic"
        note("posts : (d)", posts, ratio(size["writes"], kind, "script"))
        note("posts a second", posts, median(size["writes"].get(kind)))
        note("resident memory", posts, size["resident"][1]["worker"])
    return found


def named(found, begin):
    return {f"{name}, {int(posts):,} posts": value
            for name, values in found.items() if name.startswith(begin)
            for posts, value in values.items()}


def spreads(figures):
    """The largest over the smallest of each figure over the sizes."""
    found = {}
    for name, values in figures.items():
        values = [value for value in values.values() if value]
        if len(values) > 1:
            found[name] = max(values) / min(values)
    return found


def every_page(sizes):
    """What was not promised by itself: each page's rate at each size."""
    found = {}
    for posts, size in sizes.items():
        for name, values in size["rates"].items():
            if name.split("/")[2] in ("dynamic", "store"):
                found.setdefault(name, {})[posts] = median(values)
    return found


def verdict(result):
    sizes, lines = result["sizes"], []
    found = promised(sizes)
    kept(lines, "published list and thread of (a)",
         named(found, "published"), PUBLISHED)
    kept(lines, "dynamic list of (c)", named(found, "dynamic list"), DYNAMIC)
    kept(lines, "durable posts a second of (d)", named(found, "posts : (d)"),
         POSTS)
    kept(lines, "resident memory of a worker with 8 slots, MB",
         {name: value * 1024 / 1e6 for name, value
          in named(found, "resident memory").items()},
         RESIDENT_BYTES / 1e6, under=True)
    lines.append("flat after a million requests: see make bench-memory")
    if len(sizes) > 1:
        kept(lines, "largest over smallest of these over the sizes",
             spreads(found), SPREAD, under=True)
        kept(lines, "largest over smallest of each page's rate",
             spreads(every_page(sizes)), SPREAD, under=True)
    return lines


def markdown(result):
    parts = [f"# Madang, measured\n\nMachine: {result['machine']}. "
             f"{result['how']}\n"]
    for posts, size in result["sizes"].items():
        parts += [f"## {int(posts):,} posts: requests a second\n",
                  rates_table(size)]
        parts += [f"Note: {note}\n" for note in size["notes"]]
    parts += ["## Durable posts a second\n", writes_table(result["sizes"])]
    for posts, size in result["sizes"].items():
        parts += [f"## {int(posts):,} posts: milliseconds at "
                  f"{result['rate']:,} requests a second\n",
                  paces_table(size)]
    parts += ["## Memory\n", memory_table(result["sizes"]),
              "## What was promised\n",
              "\n".join(f"- {line}" for line in verdict(result)) + "\n"]
    return "\n".join(parts)
