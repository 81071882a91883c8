# SPDX-License-Identifier: Apache-2.0
"""Medians, spread and ratios as a Markdown table, and a plot as SVG."""

from statistics import median

OURS, REFERENCE, NGINX, HUMMINGBIRD, REDIS = "hookledger", "C reference", "nginx", "Hummingbird", "Redis"


def pick(results, cell, peer, key):
    return [r[key] for r in results if r["cell"] == cell and r["peer"] == peer and r.get(key) is not None]


def spread(values, form):
    if not values:
        return "–"
    text = form.format(median(values))
    return text if len(values) == 1 else f"{text} ({form.format(min(values))}..{form.format(max(values))})"


def ratio(results, cell, key, ours, theirs, key2=None):
    """The median of the rounds' own ratios: neighbours in time are compared with each other."""
    pairs = []
    for r in results:
        if r["cell"] != cell or r["peer"] != ours or not r.get(key):
            continue
        for other in results:
            if (other["cell"], other["peer"], other["round"]) == (cell, theirs, r["round"]) and other.get(key2 or key):
                pairs.append(r[key] / other[key2 or key])
    return pairs


# What is promised: name, cell, figure, against whom, aim, must, and whether more is better.
TARGETS = [
    ("durable answers/s, 32 connections, against the C reference", "c32", "rate", REFERENCE, 0.9, 0.75, True),
    ("durable answers/s, 256 connections, against the C reference", "c256", "rate", REFERENCE, 0.9, 0.75, True),
    ("durable answers/s, 400,000 callbacks at 32 connections, against the C reference", "c32 endless", "rate", REFERENCE,
     None, None, True),
    ("durable answers/s, 32 connections, against Hummingbird", "c32", "rate", HUMMINGBIRD, 10, 8, True),
    ("durable answers/s, 256 connections, against Hummingbird", "c256", "rate", HUMMINGBIRD, 20, 15, True),
    ("durable answers/s, 32 connections, against Redis `appendfsync always`", "c32", "rate", REDIS, 0.9, 0.5, True),
    ("CPU per durable callback, 32 connections, against nginx's bare answer", "c32", "cpuPer100k", NGINX, 2.0, 2.6, False),
    ("CPU per callback with all task files written, against Hummingbird", "c32", "drainedCpuPer100k", HUMMINGBIRD,
     1 / 6, 1 / 4, False),
    ("CPU of GET of a task in memory, against nginx with a file", "GET in memory", "cpuPer100k", NGINX, 1.2, 1.5, False),
    ("CPU of GET of a closed task, against nginx with a file", "GET closed", "cpuPer100k", NGINX, 2.0, 3.0, False),
]

# Figures of our own: name, cell, key, aim, must (less is better), format.
OWN_TARGETS = [
    ("p99 at 1,000/s, ms", "open 1000/s", "p99Ms", 3, 5, "{:.2f}"),
    ("p99 at 5,000/s, ms", "open 5000/s", "p99Ms", 5, 8, "{:.2f}"),
    ("p99 at 10,000/s, ms", "open 10000/s", "p99Ms", None, 50, "{:.2f}"),
    ("p99 at 20,000/s, ms", "open 20000/s", "p99Ms", 50, None, "{:.2f}"),
    ("memory, idle, MiB", "idle MiB", "value", 12, 20, "{:.1f}"),
    ("start, empty, s", "start, empty (s)", "value", None, None, "{:.3f}"),
    ("start with 1,000,000 tasks, clean, s", "start, full, clean (s)", "value", 0.5, 1, "{:.2f}"),
    ("replay after a crash, µs an entry", "us per replayed entry", "value", 1, 2, "{:.2f}"),
    ("replay after a crash, two entries a task, µs an entry", "us per replayed entry, two a task", "value", 1, 2, "{:.2f}"),
    ("the same, read from the disk", "us per replayed entry, two a task, from the disk", "value", None, None, "{:.2f}"),
    ("memory per closed task, bytes", "bytes per closed task", "value", 150, 250, "{:.0f}"),
    ("memory per closed task, filled by callbacks, bytes", "bytes per closed task, filled", "value", 150, 250, "{:.0f}"),
    ("growth over 10,000,000 callbacks about 1,000 tasks, MiB", "growth, MiB", "value", 1, 2, "{:.1f}"),
    ("CPU per callback, full against empty", "callback: CPU full/empty", "value", 1.05, 1.10, "{:.2f}"),
    ("CPU per callback, filling, last fifth against first", "fill: CPU last/first blocks", "value", None, None, "{:.2f}"),
    ("CPU per list page, full against empty", "list page: CPU full/empty", "value", 1.05, 1.10, "{:.2f}"),
    ("replayed records/s after a crash", "replayed per s", "value", None, None, "{:,.0f}"),
]


def verdict(value, aim, must, more):
    reached = (lambda limit: limit is not None and (value >= limit if more else value <= limit))
    if aim is None and must is None:
        return ""
    return "aim" if reached(aim) else "must" if reached(must) else "missed"


def table(about, results):
    lines = [
        f"Measured {about['date']} at {about['commit']} on {about['cores']} cores of {about['cpu']}, "
        f"kernel {about['kernel']}; server on core 0, load generator on core 1. Median (lowest..highest).", "",
        "| load | server | rounds | answers/s | CPU s per 100,000 | p50 ms | p99 ms | p99.9 ms | memory MiB |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    seen = []
    for r in results:
        if "rate" in r and (r["cell"], r["peer"]) not in seen:
            seen.append((r["cell"], r["peer"]))
    cells = list(dict.fromkeys(cell for cell, _ in seen))
    for cell, peer in sorted(seen, key=lambda pair: (cells.index(pair[0]), pair[1] != OURS)):
        figures = lambda key: pick(results, cell, peer, key)
        resident = [value / 1024 for value in figures("residentKiB")]
        lines.append(
            f"| {cell} | {peer} | {len(figures('rate'))} | {spread(figures('rate'), '{:,.0f}')} | "
            f"{spread(figures('cpuPer100k'), '{:.2f}')} | {spread(figures('p50Ms'), '{:.2f}')} | "
            f"{spread(figures('p99Ms'), '{:.2f}')} | {spread(figures('p999Ms'), '{:.2f}')} | "
            f"{spread(resident, '{:.0f}')} |")
    wrong = [r for r in results if r.get("bad")]
    for r in wrong:
        lines.append(f"\n**{r['peer']}, {r['cell']}, round {r['round']}: {r['bad']} answers were not 200.**")
    lines += ["", "| target | aim | must | measured | |", "|---|--:|--:|--:|---|"]
    for name, cell, key, peer, aim, must, more in TARGETS:
        second = "cpuPer100k" if key == "drainedCpuPer100k" else None
        pairs = ratio(results, cell, key, OURS, peer, second)
        if pairs:
            limit = lambda value: "" if value is None else f"{'≥' if more else '≤'} {value:.2g} ×"
            lines.append(f"| {name} | {limit(aim)} | {limit(must)} | {spread(pairs, '{:.2f}')} × | "
                         f"{verdict(median(pairs), aim, must, more)} |")
    for name, cell, key, aim, must, form in OWN_TARGETS:
        values = pick(results, cell, OURS, key)
        if values:
            limit = lambda value: "" if value is None else f"≤ {value:g}"
            lines.append(f"| {name} | {limit(aim)} | {limit(must)} | {spread(values, form)} | "
                         f"{verdict(median(values), aim, must, False)} |")
    quiet = [r["stolen"] / r["seconds"] for r in results if "stolen" in r]
    other = [r["otherCpu"] / r["seconds"] for r in results if "otherCpu" in r]
    if quiet and other:
        lines += ["", f"The host took {median(quiet):.2f} cores (median; at most {max(quiet):.2f}); other processes of "
                      f"this machine used {median(other):.2f} (at most {max(other):.2f})."]
    return "\n".join(lines) + "\n"


COLOURS = {OURS: "#d9480f", REFERENCE: "#495057", NGINX: "#2b8a3e", HUMMINGBIRD: "#1971c2", REDIS: "#862e9c"}


def plot(results):
    """CPU per callback and answers per second, a bar for each server: the median, with a line from lowest to highest."""
    panels = []
    for cell in ("c1", "c32", "c256"):
        for key, title in (("rate", "answers/s"), ("cpuPer100k", "CPU s per 100,000")):
            bars = []
            for peer in dict.fromkeys(r["peer"] for r in results if r["cell"] == cell):
                values = pick(results, cell, peer, key)
                if values:
                    bars.append((peer, min(values), median(values), max(values)))
            if bars:
                panels.append((f"{cell[1:]} connection{'s' if cell != 'c1' else ''}: {title}", key, bars))
    width, row, left = 760, 22, 120
    parts, y = [], 10
    for title, key, bars in panels:
        bars = sorted(bars, key=lambda bar: -bar[2] if key == "rate" else bar[2])
        scale = (width - left - 110) / max(bar[3] for bar in bars)
        y += 22
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{title}</text>')
        for peer, low, middle, high in bars:
            y += row
            label = f"{middle:,.0f}" if key == "rate" else f"{middle:.2f}"
            parts.append(
                f'<text x="{left - 8}" y="{y}" text-anchor="end">{peer}</text>'
                f'<rect x="{left}" y="{y - 12}" width="{middle * scale:.1f}" height="15" '
                f'fill="{COLOURS.get(peer, "#868e96")}"/>'
                f'<line x1="{left + low * scale:.1f}" x2="{left + high * scale:.1f}" y1="{y - 4}" y2="{y - 4}" '
                f'stroke="#000" stroke-width="1.5"/>'
                f'<text x="{left + high * scale + 6:.1f}" y="{y}">{label}</text>')
        y += 12
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 14}" font-family="sans-serif" '
            f'font-size="13"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n')
