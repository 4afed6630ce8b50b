"""What the form for a table shows, as HTML: the plan, what is wrong with rows, the progress."""

from collections import Counter
from html import escape
from math import isnan
from typing import TYPE_CHECKING

from lipsync_nb.errors import BadRequest
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.text import cost, vendor_label
from lipsync_nb.status import Cost

if TYPE_CHECKING:
    from lipsync_nb.batch.batch import Batch
    from lipsync_nb.batch.plan import Plan, PlannedRow

MOST_ROWS = 50
"""Rows of a plan that are shown."""
HEADS = ("Row", "Key", "Request", "Cost", "State", "Note")


def offer(plan: "Plan") -> str:
    """Return what the button says: ``Submit 3 jobs, ≈ 60 credits``."""
    count = len(plan.new)
    jobs = f"Submit {count} new job{'' if count == 1 else 's'}"
    return ", ".join([jobs, *(_price(each) for each in plan.costs.values())])


def plan_html(plan: "Plan") -> str:
    """Return a plan: the sums, what is not used, and its rows."""
    lines = "".join(f"<p>{escape(text.strip())}</p>" for text in str(plan).splitlines())
    more = len(plan.rows) - MOST_ROWS
    rest = f"<p>… and {more} more rows</p>" if more > 0 else ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in plan.rows[:MOST_ROWS])
    return f"{lines}<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{rest}"


def wrong_html(error: BadRequest) -> str:
    """Return what is wrong with rows, each on a line."""
    head, *lines = str(error).splitlines()
    items = "".join(f"<li>{escape(text.strip())}</li>" for text in lines)
    return f'<p role="alert">{escape(head)}</p><ul>{items}</ul>' if items else ""


def progress_html(batch: "Batch") -> str:
    """Return how many jobs are in which state, and the file to which it is written."""
    count = Counter("lost" if job.lost else str(job.status) for job in batch.jobs)
    states = ", ".join(f"{number} {state}" for state, number in sorted(count.items()))
    text = f'<p role="status">Rows: {escape(states)}</p>'
    if (file := batch.table.file) is None:
        return text
    shown, url = escape(jupyter.relative(file)), escape(jupyter.url(file))
    return f'{text}<p>Written to <a href="{url}" target="_blank">{shown}</a></p>'


def _cells(row: "PlannedRow") -> str:
    price = "–" if row.cost is None else cost(row.cost)
    record = row.record
    request = f"{vendor_label(record.vendor)} {record.kind}"
    texts = [str(row.number), row.key, request, price, str(row.state), row.note]
    return "".join(f"<td>{escape(text)}</td>" for text in texts)


def _price(price: Cost) -> str:
    return "cost not known" if isnan(price.amount) else cost(price)
