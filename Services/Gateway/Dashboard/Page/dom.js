// Builds the page from text and elements alone: whatever comes from the gateway is put in as text, never as markup.

/** An element: attributes by name, `on` for listeners, then children, which are elements or texts. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts children in the place of all that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SIGNS = { good: "✓", warn: "▲", bad: "✕", none: "○", busy: "◔" };

/** A state: its sign, its word, its colour. */
export function state(kind, word) {
  const style = kind === "busy" || kind === "none" ? "" : ` ${kind}`;
  return h("span", { class: `state${style}` }, h("span", { "aria-hidden": "true" }, SIGNS[kind]), word);
}

export function note(kind, ...children) {
  return h("p", { class: `note ${kind}`, role: kind === "bad" ? "alert" : null }, ...children);
}

export function table(columns, rows) {
  const cells = (tag, values) => values.map((value, index) => {
    const style = columns[index].class ?? null;
    return h(tag, { class: style, scope: tag === "th" ? "col" : null }, value ?? "");
  });
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", {},
      h("thead", {}, h("tr", {}, cells("th", columns.map((column) => column.name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, cells("td", row))))));
}

/** Pairs of a name and what it is. */
export function facts(...pairs) {
  return h("dl", {}, pairs.filter(Boolean).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value ?? "–")]));
}

export function field(name, control, hint) {
  return h("label", {}, name, control, hint ? h("span", { class: "small" }, hint) : null);
}

/** A button that is out of use while its work is under way; a failure is told. */
export function button(word, work, attributes = {}) {
  const element = h("button", { type: "button", ...attributes }, word);
  element.addEventListener("click", () => during(element, work));
  return element;
}

export async function during(control, work) {
  control.disabled = true;
  try {
    await work();
  } catch (error) {
    tell(error.message);
  } finally {
    control.disabled = false;
  }
}

/** A form whose work is called with its fields' values; a failure stands under it. */
export function form(attributes, children, word, work) {
  const submit = h("button", { type: "submit", class: "main" }, word);
  const trouble = h("div", { class: "trouble", "aria-live": "polite" });
  const element = h("form", { ...attributes, on: { submit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fill(trouble);
    try {
      await work(Object.fromEntries(new FormData(element)), element);
    } catch (error) {
      fill(trouble, note("bad", error.message));
    } finally {
      submit.disabled = false;
    }
  } } }, ...children, h("div", { class: "row" }, submit), trouble);
  return element;
}

/** A question before something is taken away; true when it is to be done. */
export function confirmed(title, sentence, word) {
  return new Promise((resolve) => {
    const box = h("dialog", { "aria-label": title },
      h("form", { method: "dialog" }, h("h2", {}, title), h("p", {}, sentence), h("div", { class: "row" },
        h("button", { value: "yes", class: "danger" }, word), h("button", { value: "no", autofocus: true }, "Keep it"))));
    show(box, () => resolve(box.returnValue === "yes"));
  });
}

/** Shows a dialog; it is gone once closed. */
export function show(box, closed = () => {}) {
  box.addEventListener("close", () => { closed(); box.remove(); });
  document.body.append(box);
  box.showModal();
}

let silence;
/** A sentence at the page's foot, for a while. */
export function tell(sentence) {
  const told = document.getElementById("told");
  fill(told, sentence);
  clearTimeout(silence);
  silence = setTimeout(() => fill(told), 6000);
}

// How numbers and times are written.
const whole = new Intl.NumberFormat("en");
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export const count = (number) => (number === null || number === undefined ? "–" : whole.format(number));
export const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
export function money(usd) {
  if (usd === null || usd === undefined) return "unknown";
  return usd > 0 && usd < 0.0001 ? "< $0.0001" : `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let step = 0;
  for (; number >= 1024 && step < units.length - 1; step += 1) number /= 1024;
  return `${number.toFixed(step && number < 10 ? 1 : 0)} ${units[step]}`;
}

export function seconds(number) {
  if (number < 60) return `${Math.round(number)} s`;
  if (number < 3600) return `${Math.round(number / 60)} min`;
  return number < 172800 ? `${Math.round(number / 3600)} h` : `${Math.round(number / 86400)} d`;
}

/** How long ago; the time itself on hovering. */
export function ago(text) {
  if (!text) return "never";
  const past = (Date.parse(text) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(past) >= length) ?? UNITS[3];
  const words = Math.abs(past) < 5 ? "just now" : relative.format(Math.round(past / size), unit);
  return h("time", { datetime: text, title: new Date(text).toLocaleString("en") }, words);
}
