"""A real browser uses the dashboard of a running cluster, told by MARTLET_URL and MARTLET_KEY: signing in and out, every
page, an image job with its pictures, a key that is shown once. MARTLET_SHOTS names a folder for screenshots. Exit code 0
when all holds."""

import os
import signal
import sys
import tempfile

from checks import HELLO, post, run
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

URL, ADMIN = os.environ["MARTLET_URL"], os.environ["MARTLET_KEY"]
SHOTS = os.environ.get("MARTLET_SHOTS")
PAGES = ["Overview", "Connectors", "Images", "Usage", "Audit", "Users"]
# What would run if a text became markup.
NAME = f"<img src=x onerror=document.title='broken'> {os.getpid()}"


PROFILE = tempfile.TemporaryDirectory(prefix="martlet-browser-", ignore_cleanup_errors=True)


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [
        "headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "no-first-run", "disable-extensions",
        "disable-background-networking", "disable-component-update", f"user-data-dir={PROFILE.name}",
    ]:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(30)
    return driver


# Out of time: the browser goes too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
DRIVER = browser()


def wait(condition, seconds=20):
    """What the condition gives once that is something; elements that went meanwhile are looked for again."""
    return WebDriverWait(DRIVER, seconds, 0.05, ignored_exceptions=[Exception]).until(lambda _: condition())


def all_of(css):
    return DRIVER.find_elements(By.CSS_SELECTOR, css)


def one(css):
    return wait(lambda: all_of(css)[0])


def text(css="main"):
    return one(css).text


def press(word, within="main"):
    wait(lambda: [each for each in all_of(f"{within} button") if each.text == word][0].click() or True)


def go(page):
    DRIVER.get(f"{URL}/#/{page.lower() if page != 'Users' else 'people'}")
    wait(lambda: text("h1") == page and "…" not in [each.text for each in all_of("main .empty")])


def size(width, height=900, dark=False):
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    DRIVER.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    DRIVER.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})


def shot(name):
    if SHOTS:
        DRIVER.save_screenshot(f"{SHOTS}/{name}.png")


def sign_in(key):
    wait(lambda: all_of("input[name=key]"))
    field = one("input[name=key]")
    field.clear()
    field.send_keys(key, Keys.ENTER)


def signing_in():
    size(1200)
    DRIVER.get(URL)
    sign_in("sk-mt-wrong")
    assert "not known" in wait(lambda: text("[role=alert]"))
    shot("sign-in")
    sign_in(ADMIN)
    wait(lambda: text("h1") == "Overview" and "gateway" in text())
    assert [each.text for each in all_of("nav a")] == PAGES
    assert one("nav a[aria-current=page]").text == "Overview"
    assert DRIVER.execute_script("return document.cookie") == "", "a script could read the session"
    DRIVER.refresh()
    wait(lambda: text("h1") == "Overview")


def connectors():
    go("Connectors")
    card = wait(lambda: [each for each in all_of("section.card") if "openai_apikey" in each.text][0])
    [each for each in card.find_elements(By.TAG_NAME, "button") if each.text == "Test"][0].click()
    wait(lambda: "answers in" in card.text)


def pictures():
    go("Images")
    prompts = one("textarea")
    prompts.send_keys("a gull over the harbour", Keys.ENTER, "a lighthouse")
    press("Make them")
    wait(lambda: "a gull over the harbour" in text("section.job"))
    shot("images-under-way")
    wait(lambda: "succeeded" in text("section.job"), 40)
    shown = "return [...document.querySelectorAll('section.job')[0].querySelectorAll('img')].map((one) => one.naturalWidth)"
    wait(lambda: [width > 0 for width in DRIVER.execute_script(shown)] == [True, True])


def usage():
    post("/v1/chat/completions", {"model": "gpt-5-mini", "messages": HELLO})
    go("Usage")

    def is_counted():
        DRIVER.refresh()
        wait(lambda: "calls" in text() or "Nothing was used" in text())
        return "calls" in text()

    wait(is_counted)


def audit():
    go("Audit")
    wait(lambda: all_of("tbody tr"))
    one("input[name=event_type]").send_keys("session.started")
    Select(one("select[name=days]")).select_by_value("7")
    press("Look")
    wait(lambda: {each.text for each in all_of("tbody tr td:nth-child(2)")} == {"session.started"})
    address = one("a[download]").get_attribute("href")
    assert address.endswith("/api/admin/audit.csv?event_type=session.started&days=7"), address
    script = "const [url, done] = arguments; fetch(url).then((answer) => answer.text()).then(done)"
    file = DRIVER.execute_async_script(script, address)
    assert file.startswith("seq,at,event_type") and "session.started" in file, file[:80]


def users():
    go("Users")
    one("input[name=name][required]").send_keys(NAME)
    press("Add")
    card = wait(lambda: [each for each in all_of("section.card[aria-label]") if NAME in each.text][0])
    assert not all_of("main img") and DRIVER.title.startswith("Users"), "a name became markup"
    card.find_element(By.TAG_NAME, "summary").click()
    wait(lambda: [each for each in card.find_elements(By.TAG_NAME, "button") if each.text == "Make a key"][0].click() or True)
    key = text("#new-key")
    assert key.startswith("sk-mt-")
    shot("new-key")
    press("Done", "dialog")
    wait(lambda: not all_of("dialog"))
    assert key not in DRIVER.page_source and key[-4:] in wait(lambda: "…" in card.text and card.text)
    return key


def a_user_sees_what_is_theirs():
    key = users()
    press("Sign out", "header")
    sign_in(key)
    wait(lambda: text("h1") == "Connectors")
    assert [each.text for each in all_of("nav a")] == ["Connectors", "Images", "Usage"]
    DRIVER.get(f"{URL}/#/audit")
    wait(lambda: text("h1") == "Connectors")
    press("Sign out", "header")
    wait(lambda: all_of("input[name=key]"))
    DRIVER.get(f"{URL}/#/usage")
    assert all_of("input[name=key]"), "signed out"
    sign_in(ADMIN)
    wait(lambda: all_of("nav a"))


def narrow_and_dark():
    for width, dark in [(400, False), (1200, True), (1200, False)]:
        size(width, dark=dark)
        for page in PAGES:
            go(page)
            shot(f"{page.lower()}-{width}-{'dark' if dark else 'light'}")
            wide = DRIVER.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"{page} is {wide} wide on {width}"


def nobody_complained():
    """The browser's own log: refused loads, broken scripts. The look for a session before signing in is a 401 by design."""
    lines = [line["message"] for line in DRIVER.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
    lines = [line for line in lines if not ("/api/session" in line and "401" in line)]
    assert not lines, lines[:3]


CHECKS = [signing_in, connectors, pictures, audit, a_user_sees_what_is_theirs, usage, narrow_and_dark, nobody_complained]
try:
    status = run("dashboard", CHECKS)
finally:
    DRIVER.quit()
sys.exit(status)
