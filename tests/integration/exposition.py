"""A reader of Prometheus's text format 0.0.4, stricter than Prometheus: what
it takes, Prometheus takes. And its rules for names.

https://prometheus.io/docs/instrumenting/exposition_formats/
https://prometheus.io/docs/practices/naming/
"""

import re

from claims import expect

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
HELP = re.compile(rf"# HELP ({NAME}) ([^\n\\]+)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? "
                    r"([0-9]+(?:\.[0-9]+)?)")
PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SUFFIXES = ("_bucket", "_sum", "_count")
UNITS_WRONG = re.compile(r"_(ms|us|milliseconds|microseconds|kb|mb|kib|mib|"
                         r"minutes|hours|percent)(_|$)")


class Family:
    def __init__(self, name, text):
        self.name, self.help, self.kind = name, text, None
        self.samples = {}  # (name, labels as sorted pairs): value


class Figures:
    """figures("madang_requests_total", page="/list", status=200): its value;
    None: there is no such sample."""

    def __init__(self, families):
        self.families = families

    def __call__(self, name, **labels):
        wanted = tuple(sorted((k, str(v)) for k, v in labels.items()))
        for family in self.families.values():
            if (name, wanted) in family.samples:
                return family.samples[name, wanted]
        return None

    def all(self, kind=None):
        return {(name, labels): value for family in self.families.values()
                if kind in (None, family.kind)
                for (name, labels), value in family.samples.items()}


def labels_of(text):
    pairs = PAIR.findall(text or "")
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a label twice: {text}"
    return tuple(sorted(pairs))


def family_of(name, families):
    for suffix in SUFFIXES:
        base = name.removesuffix(suffix)
        if base != name and base in families and \
                families[base].kind == "histogram":
            return families[base]
    return families.get(name)


def read(text):
    """Figures; an AssertionError names the line that is wrong."""
    assert text.endswith("\n"), "no newline at the end"
    families, current = {}, None
    for line in text[:-1].split("\n"):
        if help_of := HELP.fullmatch(line):
            assert help_of[1] not in families, f"twice: {line}"
            current = families[help_of[1]] = Family(*help_of.groups())
        elif kind := TYPE.fullmatch(line):
            assert current and current.name == kind[1] and \
                current.kind is None, f"TYPE is not behind its HELP: {line}"
            current.kind = kind[2]
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, f"no sample: {line!r}"
            family = family_of(sample[1], families)
            assert family and family is current and family.kind, \
                f"not below its HELP and TYPE: {line}"
            key = (sample[1], labels_of(sample[2]))
            assert key not in family.samples, f"twice: {line}"
            family.samples[key] = float(sample[3])
    for family in families.values():
        check_family(family)
    return Figures(families)


def check_family(family):
    name = family.name
    assert re.fullmatch("[a-z][a-z0-9_]*", name), f"{name}: letters"
    assert not UNITS_WRONG.search(name), f"{name}: not a base unit"
    assert family.help[0].isupper() or family.help[0].isdigit(), family.help
    assert family.help.endswith("."), family.help
    if family.kind == "counter":
        assert name.endswith("_total"), f"{name}: a counter ends in _total"
    else:
        assert not name.endswith("_total"), f"{name} is no counter"
    if family.kind == "histogram":
        check_histogram(family)
    else:
        assert not name.endswith(SUFFIXES), f"{name} ends as a histogram's"
    names = {frozenset(k for k, _ in labels if k != "le")
             for _, labels in family.samples}
    assert len(names) <= 1, f"{name}: samples with different labels"


def check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        rest = tuple(pair for pair in labels if pair[0] != "le")
        part = name[len(family.name):]
        bound = dict(labels).get("le")
        assert (part == "_bucket") == (bound is not None), name
        series.setdefault(rest, {})[part, bound] = value
    assert series, f"{family.name} has no series"
    for rest, parts in series.items():
        buckets = [(float(bound), value) for (part, bound), value
                   in parts.items() if part == "_bucket"]
        assert buckets == sorted(buckets), f"{rest}: buckets in order"
        counts = [value for _, value in buckets]
        assert counts == sorted(counts), f"{rest}: cumulative"
        assert buckets[-1][0] == float("inf"), f"{rest}: no +Inf"
        assert counts[-1] == parts["_count", None], f"{rest}: +Inf, _count"
        assert ("_sum", None) in parts, f"{rest}: no _sum"


WRONG = {
    "a sample without a family": "a_total 1\n",
    "no end": "# HELP a_total A.\n# TYPE a_total counter\na_total 1",
    "no type": "# HELP a_total A.\na_total 1\n",
    "type first": "# TYPE a_total counter\n# HELP a_total A.\na_total 1\n",
    "a counter's name": "# HELP a A.\n# TYPE a counter\na 1\n",
    "a gauge's name": "# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n",
    "a unit": "# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n",
    "twice": "# HELP a A.\n# TYPE a gauge\na 1\na 1\n",
    "a family apart": "# HELP a A.\n# TYPE a gauge\na 1\n"
                      "# HELP b B.\n# TYPE b gauge\nb 1\na{x=\"1\"} 1\n",
    "a quote": "# HELP a A.\n# TYPE a gauge\na{x=\"\"\"} 1\n",
    "a value": "# HELP a A.\n# TYPE a gauge\na one\n",
    "two spaces": "# HELP a A.\n# TYPE a gauge\na  1\n",
    "an empty line": "# HELP a A.\n# TYPE a gauge\n\na 1\n",
    "other labels": "# HELP a A.\n# TYPE a gauge\na{x=\"1\"} 1\na{y=\"1\"} "
                    "1\n",
    "not cumulative": "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2"
                      "\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
    "no +Inf": "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\n"
               "a_sum 1\na_count 1\n",
    "another count": "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} "
                     "2\na_sum 1\na_count 1\n",
}


def check_itself():
    """That it is strict."""
    for what, text in WRONG.items():
        try:
            read(text)
        except AssertionError:
            continue
        raise AssertionError(f"not found: {what}")
    read("# HELP a_total A.\n# TYPE a_total counter\n"
         "a_total{x=\"a\\\"b\"} 1\na_total{x=\"\"} 2.5\n")


# Of a worker

HERE = {"REMOTE_ADDR": "127.0.0.1"}
WATCHED = {"WATCH_ALLOW": "127.0.0.0/8 ::1", "WRITING_UNLIMITED": ""}


def figures(stack):
    answer = stack.ask("GET", "/metrics", **HERE)
    expect(answer.status, 200)
    expect(answer.header("Content-Type"),
           "text/plain; version=0.0.4; charset=utf-8")
    expect(answer.header("Cache-Control"), "no-store")
    return read(answer.text)


def grown(before, after):
    """By how much each counter has grown, those that did not left out."""
    old, new = before.all("counter"), after.all("counter")
    found = {}
    for (name, labels), value in new.items():
        more = value - old.get((name, labels), 0)
        if more and not name.startswith("process_") and "seconds" not in name:
            found[(name, *(v for _, v in labels))] = more
    return found
