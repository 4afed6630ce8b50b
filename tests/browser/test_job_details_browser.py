"""Project, title and notes of jobs: seen, filtered by, and changed in JupyterLab."""

from browser.accessibility import faint, unnamed, unreached
from browser.cells import BEGIN
from browser.conftest import OpenNotebook
from browser.test_table_browser import rows, shown
from playwright.sync_api import expect

TABLE = """
names = ["Spring", "Autumn", None]
jobs = [
    made_up(n, project=names[n % 3], title=f"Scene {n}", notes="for Wang" if n == 4 else None,
            cost=1.0, cost_unit="credits", cost_estimated=False)
    for n in range(9)
]
client = client_of(here, *jobs)
table = client.table(); table
"""


def test_jobs_and_costs_of_a_project(notebook: OpenNotebook) -> None:
    """A list of the projects filters the rows; the sum is theirs; words of notes are found."""
    opened = notebook(BEGIN + TABLE)
    opened.run_all()
    table = shown(opened, 0)
    projects = table.get_by_label("Filter jobs by project")
    expect(projects.locator("option")).to_have_text(
        ["All projects", "No project", "Autumn", "Spring"]
    )

    projects.select_option("Spring")
    expect(rows(table)).to_have_count(3)
    expect(rows(table).first).to_contain_text("Scene 6")
    expect(table.get_by_text("Cost: 3 credits")).to_be_visible()

    projects.select_option("All projects")
    table.get_by_label("Filter jobs by any word").fill("wang")
    expect(rows(table)).to_have_count(1)
    expect(rows(table)).to_contain_text("Scene 4")

    projects.select_option("No project")
    table.get_by_role("button", name="Clear the filters").click()
    expect(rows(table)).to_have_count(9)


def test_they_are_changed_in_the_card(notebook: OpenNotebook) -> None:
    """By the keyboard; an update of the job does not touch what is being typed."""
    opened = notebook(BEGIN + TABLE)
    opened.run_all()
    table, keys = shown(opened, 0), opened.page.keyboard
    rows(table).first.click()
    card = table.get_by_role("article")
    expect(card.get_by_text("Scene 8").first).to_be_visible()

    card.locator("summary", has_text="Project, title and notes").focus()
    keys.press("Enter")
    keys.press("Tab")
    expect(card.get_by_label("Project", exact=True)).to_be_focused()
    keys.press("Tab")
    keys.press("ControlOrMeta+a")
    keys.type("Finale")
    opened.run("change(client, 8, progress=0.5)")
    expect(card.get_by_label("Title", exact=True)).to_have_value("Finale")
    card.get_by_role("button", name="Save", exact=True).focus()
    keys.press("Enter")

    expect(card.get_by_text("Saved.")).to_be_visible()
    expect(rows(table).first).to_contain_text("Finale")
    assert opened.ask("client.job(made_up(8).id).title") == "'Finale'"
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.page.mouse.move(0, 0)
        opened.shot(f"job-details-{theme}")
        assert unnamed(table) == []
        assert faint(table) == []
        assert unreached(table) == []
