"""Tests as claims: a function's name is the sentence that it shows."""

import traceback


def expect(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}got {got!r}, "
                             f"wanted {wanted!r}")


def rows(table):
    """Runs a claim for each row of a table: (label, …)."""
    def mark(function):
        function.rows = table
        return function
    return mark


class Claims:
    def __init__(self):
        self.failed = 0

    def tell(self, claim, why=""):
        if not why:
            print(f"ok - {claim}", flush=True)
            return
        self.failed += 1
        print(f"not ok - {claim}", flush=True)
        for line in why.splitlines():
            print(f"#   {line}", flush=True)

    def run(self, function, *arguments):
        claim = function.__name__.replace("_", " ")
        for row in getattr(function, "rows", [None]):
            told, values = claim, arguments
            if row is not None:
                told, values = f"{claim}: {row[0]}", arguments + row[1:]
            try:
                function(*values)
            except AssertionError as fault:
                self.tell(told, str(fault) or traceback.format_exc())
            except Exception:  # a test that breaks is a claim not shown
                self.tell(told, traceback.format_exc())
            else:
                self.tell(told)


