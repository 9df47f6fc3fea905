// Who is signed in, which page is shown, and nothing else.
import { Refusal, resume, signIn, signOut, whenSignedOut } from "./api.js";
import { button, field, fill, form, h, note, tell } from "./dom.js";
import { audit } from "./audit.js";
import { connectors } from "./connectors.js";
import { images } from "./images.js";
import { overview } from "./overview.js";
import { people } from "./people.js";
import { usage } from "./usage.js";

const PAGES = { overview, connectors, images, usage, audit, people };
const FOR_ADMINS = ["overview", "audit", "people"];
const [main, bar, nav, who] = ["main", "bar", "nav", "who"].map((id) => document.getElementById(id));
let session = null;
let leaving = new AbortController();

function names() {
  return Object.keys(PAGES).filter((name) => session.user.role === "admin" || !FOR_ADMINS.includes(name));
}

async function show() {
  leaving.abort();
  leaving = new AbortController();
  if (!session) return door();
  const asked = location.hash.slice(2);
  const name = names().includes(asked) ? asked : names()[0];
  const page = PAGES[name];
  document.title = `${page.title} · Martlet`;
  bar.hidden = false;
  fill(nav, names().map((each) => h("a", { href: `#/${each}`, "aria-current": each === name ? "page" : null }, PAGES[each].title)));
  fill(who, h("span", {}, session.user.name), button("Sign out", leave, { class: "quiet" }));
  const signal = leaving.signal;
  const place = h("div", { class: "card empty" }, "…");
  fill(main, h("div", { class: "head" }, h("h1", {}, page.title)), place);
  try {
    await page.show(main, session, signal);
  } catch (error) {
    if (!signal.aborted) fill(main, h("h1", {}, page.title), note("bad", error.message), button("Try again", show));
  }
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    tell(error.message);
  }
  session = null;
  await show();
}

function door() {
  document.title = "Sign in · Martlet";
  bar.hidden = true;
  const key = h("input", {
    type: "password", name: "key", required: true, autocomplete: "current-password", spellcheck: "false", autofocus: true,
  });
  fill(main, h("div", { class: "door card" },
    h("div", { class: "brand" }, h("img", { src: "/dashboard/icon.svg", alt: "", width: "32", height: "32" }), "Martlet"),
    form({ class: "card-form", "aria-label": "Sign in" }, [
      field("Key", key, "Yours, or the one in admin.key in the gateway’s data folder."),
    ], "Sign in", async (values) => {
      try {
        session = await signIn(values.key.trim());
      } catch (error) {
        throw error.status === 401 ? new Refusal(401, { error: "This key is not known here." }) : error;
      }
      await show();
    })));
  key.focus();
}

whenSignedOut(() => {
  if (!session) return;
  session = null;
  tell("The session has ended.");
  show();
});
addEventListener("hashchange", () => show().then(() => main.focus()));
try {
  session = await resume();
  await show();
} catch (error) {
  fill(main, note("bad", error.message), button("Try again", () => location.reload()));
}
