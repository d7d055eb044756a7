# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Tables for people, and targets that are met or missed.
import statistics


class Verdicts:
    """Collects what was compared with a target; printed again at the end."""

    def __init__(self):
        self.lines = []

    def judge(self, what, value, limit, unit=""):
        word = "pass" if value <= limit else "MISS"
        line = f"{word}  {what}: {value:.3g}{unit} (target at most {limit:g}{unit})"
        self.lines.append(line)
        print(line)

    def summary(self):
        if self.lines:
            print("\nTargets")
            for line in self.lines:
                print(line)
        return all(not line.startswith("MISS") for line in self.lines)


def table(title, samples):
    """Prints wall and CPU time of each command, in milliseconds."""
    rounds = len(next(iter(samples.values())))
    print(f"\n{title} ({rounds} rounds, turn by turn)")
    print(f"{'':34} {'wall min':>9} {'median':>9} {'CPU min':>9} {'median':>9}")
    for name, pairs in samples.items():
        wall, cpu = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        print(f"{name:34} {min(wall):9.2f} {statistics.median(wall):9.2f} {min(cpu):9.2f} {statistics.median(cpu):9.2f}")


def ratio(samples, name, base, part):
    """Ratio of medians; `part` is `wall` or `cpu`."""
    index = 0 if part == "wall" else 1
    return statistics.median(pair[index] for pair in samples[name]) / statistics.median(pair[index] for pair in samples[base])
