"""Members in real browsers: invited by link in a second window, given another role, disabled, and out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import SECONDS, Reader, another_window, reader_at
from playwright.sync_api import Browser, Page, expect

MEMBERS = "?page=members"
PASSWORD = "long enough to keep"
EXPECTED = ("status of 401", "status of 400", "status of 403", "status of 409")
EVIL = "<img src=x onerror=document.title='owned'>"


def window(browser: Browser, address: str, hash_: str = "") -> Reader:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    reader.page.goto(f"{address}/{hash_}")
    return reader


def sign_in(page: Page, username: str, button: str = "Log in", password: str = PASSWORD) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name=button, exact=True).click()


@pytest.fixture(scope="module")
def story(browser: Browser, address: str) -> Iterator[Reader]:
    """The owner, and a shopper whose name already had events."""
    owner = window(browser, address)
    sign_in(owner.page, "alice", "Create account")
    expect(owner.page.locator("h1")).to_have_text("No data yet")
    event = {"event_type": "pageview", "user_id": "carol", "page": "/"}
    headers = {"Content-Type": "application/json", "Origin": address}
    assert owner.page.request.post(f"{address}/api/events", data=json.dumps(event), headers=headers).ok
    yield owner
    owner.page.context.close()


@pytest.fixture
def owner(story: Reader, browser: Browser, address: str) -> Iterator[Reader]:
    with another_window(story, browser, address) as reader:
        reader.open(MEMBERS)
        yield reader


def invited(owner: Reader, role: str = "viewer", note: str = "") -> str:
    """The link the page shows for a new invitation, as its fragment."""
    owner.page.get_by_label("Role", exact=True).select_option(role)
    owner.page.get_by_label("For whom").fill(note)
    owner.page.get_by_role("button", name="Create invitation").click()
    expect(owner.page.locator("#invite-link")).to_be_visible()
    link: str = owner.page.locator("#invite-link").inner_text()
    assert link.startswith(f"{owner.address}/#invite=")
    return link.removeprefix(f"{owner.address}/")


def row(owner: Reader, username: str) -> Any:
    return owner.page.locator("#members-accounts tbody tr", has=owner.page.get_by_role("rowheader", name=username))


def test_a_viewer_joins_by_link_gets_another_role_is_disabled_and_is_out(
    owner: Reader, browser: Browser, address: str
) -> None:
    link = invited(owner, note="Bob from marketing")
    expect(owner.page.get_by_label("For whom")).to_have_value("")
    bob = window(browser, address, link)
    expect(bob.page.locator("h1")).to_have_text("You are invited")
    sign_in(bob.page, "bob", "Sign up")
    expect(bob.page.locator(".masthead-user")).to_have_text("bob viewer")
    assert "#" not in bob.page.url
    expect(bob.page.get_by_role("link", name="Members")).to_have_count(0)

    owner.open(MEMBERS)
    expect(owner.page.locator("#members-invitations tbody")).to_contain_text("used by bob")
    row(owner, "bob").get_by_label("Role of bob").select_option("analyst")
    expect(owner.page.locator("#member-note")).to_have_text("bob is analyst now.")
    bob.page.reload()
    expect(bob.page.locator(".masthead-user")).to_have_text("bob analyst")

    owner.page.get_by_role("button", name="Disable bob").click()
    dialog = owner.page.get_by_role("dialog", name="Disable bob?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    owner.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(row(owner, "bob")).to_contain_text("active")
    owner.page.get_by_role("button", name="Disable bob").click()
    dialog.get_by_role("button", name="Disable").click()
    expect(row(owner, "bob")).to_contain_text("disabled")
    bob.page.get_by_role("link", name="Settings").click()
    expect(bob.page.locator("h1")).to_have_text("Log in")
    sign_in(bob.page, "bob")
    expect(bob.page.locator(".account-error")).to_contain_text("This account is disabled")

    owner.page.get_by_role("button", name="Enable bob").click()
    expect(owner.page.locator("#member-note")).to_have_text("bob may log in now.")
    sign_in(bob.page, "bob")
    expect(bob.page.locator(".masthead-user")).to_have_text("bob analyst")
    told = [item["action"] for item in owner.get("/api/audit?username=bob")["items"]]
    assert {"signed_up", "role_changed", "account_disabled", "account_enabled", "sign_in_refused"} <= set(told)
    bob.page.context.close()


def test_a_used_link_says_so_and_a_log_in_is_still_possible(owner: Reader, browser: Browser, address: str) -> None:
    link = invited(owner)
    for username, heading in (("dora", None), ("eve", "You are invited")):
        reader = window(browser, address, link)
        sign_in(reader.page, username, "Sign up")
        if heading:
            expect(reader.page.locator(".account-error")).to_have_text(
                "This invitation has been used already; ask an owner for another."
            )
            expect(reader.page.locator("h1")).to_have_text(heading)
            reader.page.get_by_role("button", name="Log in instead").click()
            sign_in(reader.page, "dora")
        expect(reader.page.locator(".masthead-user")).to_have_text("dora viewer")
        reader.page.context.close()


def test_a_forgotten_password_is_replaced_by_link(owner: Reader, browser: Browser, address: str) -> None:
    joined = window(browser, address, invited(owner))
    sign_in(joined.page, "fred", "Sign up")
    expect(joined.page.locator(".masthead-user")).to_have_text("fred viewer")
    owner.open(MEMBERS)
    owner.page.get_by_role("button", name="Reset link for fred").click()
    link = owner.page.locator("#reset-link").inner_text().removeprefix(f"{address}/")
    reader = window(browser, address, link)
    expect(reader.page.locator("h1")).to_have_text("Choose a new password")
    reader.page.get_by_label("Password").fill("short")
    reader.page.get_by_role("button", name="Set the password").click()
    expect(reader.page.locator("#password-wrong")).to_contain_text("at least 8 characters")
    reader.page.get_by_label("Password").fill("remembered from now on")
    reader.page.get_by_role("button", name="Set the password").click()
    expect(reader.page.locator(".masthead-user")).to_have_text("fred viewer")
    joined.page.reload()
    expect(joined.page.locator("h1")).to_have_text("Log in")
    sign_in(joined.page, "fred", password="remembered from now on")
    expect(joined.page.locator(".masthead-user")).to_have_text("fred viewer")
    for one in (joined, reader):
        one.page.context.close()


def test_who_waits_is_approved_or_refused(owner: Reader, browser: Browser, address: str) -> None:
    carol = window(browser, address)
    for decision in ("Refuse", "Approve"):
        carol.page.goto(address)
        carol.page.get_by_role("button", name="Create an account").click()
        sign_in(carol.page, "carol", "Sign up")
        expect(carol.page.locator("h1")).to_have_text("Waiting for approval")
        owner.open(MEMBERS)
        waiting = owner.page.locator("#members-waiting")
        expect(waiting.locator("tbody tr")).to_have_count(1)
        owner.page.get_by_role("button", name=f"{decision} carol").click()
        if decision == "Refuse":
            owner.page.get_by_role("dialog").get_by_role("button", name="Refuse").click()
        expect(waiting.locator("tbody tr")).to_have_count(0)
    carol.page.goto(address)
    sign_in(carol.page, "carol")
    expect(carol.page.locator(".masthead-user")).to_have_text("carol shopper")
    carol.page.context.close()


def test_the_last_owner_is_told_why_nothing_changed(owner: Reader) -> None:
    row(owner, "alice").get_by_label("Role of alice").select_option("viewer")
    owner.page.get_by_role("dialog").get_by_role("button", name="Change the role").click()
    expect(owner.page.locator("#members-accounts [role=alert]")).to_contain_text("This is the last active owner")
    expect(row(owner, "alice").get_by_label("Role of alice")).to_have_value("owner")


def test_what_people_write_is_text_and_never_markup(owner: Reader) -> None:
    invited(owner, note=EVIL)
    expect(owner.page.locator("#members-invitations tbody")).to_contain_text(EVIL)
    owner.open(f"{MEMBERS}&find={EVIL}&who={EVIL}")
    expect(owner.page.locator("#members-accounts")).to_contain_text(EVIL)
    assert owner.page.locator("main img").count() == 0
    assert owner.page.title() != "owned"


def test_the_log_is_narrowed_by_action_and_person_and_the_address_keeps_it(owner: Reader) -> None:
    owner.page.get_by_label("Action").select_option("invite_created")
    expect(owner.page.locator("#members-log tbody tr td:nth-child(3)").first).to_have_text("Invite created")
    owner.page.get_by_label("Username", exact=True).fill("nobody-at-all")
    owner.page.keyboard.press("Enter")
    expect(owner.page.locator("#members-log")).to_contain_text("Nothing on record matches.")
    owner.page.reload()
    expect(owner.page.get_by_label("Action")).to_have_value("invite_created")
    expect(owner.page.locator("#members-log")).to_contain_text("Nothing on record matches.")


def test_the_log_goes_on_where_it_ended(owner: Reader, address: str) -> None:
    headers = {"Content-Type": "application/json", "Origin": address}
    for _ in range(52):
        assert owner.page.request.post(f"{address}/api/invites", data='{"role": "viewer"}', headers=headers).ok
    owner.open(f"{MEMBERS}&action=invite_created")
    rows = owner.page.locator("#members-log tbody tr")
    expect(rows).to_have_count(50)
    owner.page.get_by_role("button", name="Show older entries").click()
    expect(rows).to_have_count(len(owner.get("/api/audit?action=invite_created&limit=500")["items"]))


def test_an_open_invitation_is_revoked_after_a_second_look(owner: Reader, browser: Browser, address: str) -> None:
    link = invited(owner, note="a mistake")
    owner.page.get_by_role("button", name="Revoke the invitation a mistake").click()
    owner.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(owner.page.get_by_role("button", name="Revoke the invitation a mistake")).to_have_count(0)
    stranger = window(browser, address, link)
    sign_in(stranger.page, "mallory", "Sign up")
    expect(stranger.page.locator(".account-error")).to_contain_text("is not known here")
    stranger.page.context.close()


def test_a_link_opened_by_somebody_logged_in_is_asked_about(owner: Reader, address: str) -> None:
    link = invited(owner)
    owner.page.goto(f"{address}/{link}")
    expect(owner.page.locator("h1")).to_have_text("A link for somebody else?")
    owner.page.get_by_role("button", name="Stay logged in").click()
    expect(owner.page.locator("h1")).to_have_text("Summary")
    assert "#" not in owner.page.url


def test_everybody_changes_the_own_password_and_logs_out_everywhere(browser: Browser, address: str) -> None:
    grace = window(browser, address)
    grace.page.get_by_role("button", name="Create an account").click()
    sign_in(grace.page, "grace", "Sign up")
    grace.page.get_by_role("link", name="Settings").click()
    page = grace.page
    page.get_by_label("Old password").fill("not the one")
    page.get_by_label("New password").fill("a new beginning")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#old_password-wrong")).to_have_text("Old password is wrong.")
    expect(page.get_by_label("New password")).to_have_value("a new beginning")
    page.get_by_label("Old password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#password-note")).to_have_text("Your password is changed.")
    expect(page.get_by_label("Old password")).to_have_value("")
    page.get_by_role("button", name="Log out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Log out everywhere").click()
    expect(page.locator("h1")).to_have_text("Log in")
    sign_in(page, "grace", password="a new beginning")
    expect(page.locator(".masthead-user")).to_have_text("grace shopper")
    page.context.close()


def test_a_shopper_at_the_members_page_is_told_whose_it_is(browser: Browser, address: str) -> None:
    ida = window(browser, address)
    ida.page.get_by_role("button", name="Create an account").click()
    sign_in(ida.page, "ida", "Sign up")
    expect(ida.page.locator(".masthead-user")).to_have_text("ida shopper")
    ida.open(MEMBERS)
    expect(ida.page.locator("main")).to_contain_text("Owners manage the accounts")
    ida.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 2560])
def test_members_fit_the_screen_and_the_browser_has_nothing_to_complain_about(
    owner: Reader, width: int, scheme: Any
) -> None:
    owner.page.emulate_media(color_scheme=scheme)
    owner.page.set_viewport_size({"width": width, "height": 900})
    owner.open(MEMBERS)
    invited(owner)
    assert owner.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert [text for text in owner.complaints if not any(known in text for known in EXPECTED)] == []


def test_a_server_that_is_away_is_said_in_every_section_and_can_be_asked_again(owner: Reader) -> None:
    owner.page.route("**/api/invites*", lambda route: route.abort())
    owner.open(MEMBERS)
    expect(owner.page.locator("#members-invitations [role=alert]")).to_contain_text("does not answer", timeout=30 * SECONDS)
    owner.page.unroute("**/api/invites*")
    owner.page.locator("#retry-invites").click()
    expect(owner.page.locator("#members-invitations table")).to_be_visible()
