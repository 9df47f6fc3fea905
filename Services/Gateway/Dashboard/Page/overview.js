// The cluster now, for admins; looked at again every five seconds while the page is seen.
import { get } from "./api.js";
import { ago, bytes, count, facts, fill, h, note, plural, seconds, state, table } from "./dom.js";

const WORDS = {
  ok: ["good", "all is well"], degraded: ["warn", "degraded"], unavailable: ["bad", "takes no work"],
};
const STATES = { up: "good", busy: "good", away: "bad", stopped: "none" };

export const overview = {
  title: "Overview",
  async show(main, session, signal) {
    const draw = async () => {
      const status = await get("/api/admin/status");
      if (!signal.aborted) keepingPlace(main, () => fill(main, page(status)));
    };
    await draw();
    const again = setInterval(async () => {
      if (document.hidden) return;
      try {
        await draw();
      } catch (error) {
        if (!signal.aborted) main.prepend(...(main.querySelector(".note.bad") ? [] : [note("bad", error.message)]));
      }
    }, 5000);
    signal.addEventListener("abort", () => clearInterval(again));
  },
};

/** Where the table was scrolled to, and whether it had the focus, outlive a new drawing. */
function keepingPlace(main, work) {
  const before = main.querySelector(".scroll");
  const [left, focused] = [before?.scrollLeft ?? 0, before !== null && before === document.activeElement];
  work();
  const after = main.querySelector(".scroll");
  after.scrollLeft = left;
  if (focused) after.focus();
}

function page(status) {
  const [kind, word] = WORDS[status.status] ?? ["none", status.status];
  const waiting = Object.entries(status.queue).filter(([name]) => name !== "oldest_seconds");
  return [
    h("div", { class: "head" },
      h("div", { class: "row" }, h("h1", {}, "Overview"), state(kind, word)),
      h("span", { class: "soft small" }, `Martlet ${status.version}`)),
    status.degraded.length ? h("section", { class: "card" },
      h("h2", {}, "What needs a look"),
      h("ul", { class: "plain" }, status.degraded.map((one) => h("li", {},
        h("div", { class: "row" }, state("warn", one.service), h("span", {}, one.what)),
        h("div", { class: "soft small" }, one.since ? ["since ", ago(one.since), " · "] : "", one.hint))))) : null,
    h("div", { class: "tiles" },
      tile(count(waiting.reduce((sum, [, number]) => sum + number, 0)), "images in work"),
      tile(seconds(status.queue.oldest_seconds), "longest wait for a worker"),
      tile(count(status.outbox.events), "audit events to ship"),
      tile(`${count(status.connectors.active)} / ${count(status.connectors.total)}`, "connectors active"),
      tile(bytes(status.storage.free_bytes), "free on disk")),
    h("section", { class: "card" }, h("h2", {}, "Services"), services(status.services)),
    h("div", { class: "grid" },
      h("section", { class: "card" }, h("h2", {}, "Audit trail"), facts(
        ["Service", status.audit.connected ? state("good", "connected") : state("bad", "not connected")],
        ["Signed", status.audit.checkpoint_at ? [`${plural(status.audit.checkpoint_count, "event")}, `, ago(status.audit.checkpoint_at)] : "not yet"],
        ["Head", h("span", { class: "mono" }, (status.audit.head ?? "–").slice(0, 24))],
        status.audit.complaint ? ["Complaint", note("bad", status.audit.complaint)] : null)),
      h("section", { class: "card" }, h("h2", {}, "Connectors"), facts(
        ["Answering", count(status.connectors.ok)], ["Down", count(status.connectors.down)],
        ["Not checked", count(status.connectors.unknown)], ["Refused", count(status.connectors.auth_invalid)],
        ["Revoked", count(status.connectors.revoked)])),
      h("section", { class: "card" }, h("h2", {}, "Storage"), facts(
        ["Database", bytes(status.storage.database_bytes)], ["Free", bytes(status.storage.free_bytes)],
        ...waiting.map(([name, number]) => [`Images ${name}`, count(number)])))),
  ];
}

const tile = (number, word) => h("div", { class: "tile" }, h("b", {}, number), h("span", { class: "soft small" }, word));

function services(list) {
  const columns = [
    { name: "Service" }, { name: "State" }, { name: "Since" }, { name: "Version" }, { name: "Queue", class: "number" },
    { name: "Lag", class: "number" }, { name: "Memory", class: "number" },
  ];
  return table(columns, list.map((one) => [
    [h("strong", {}, one.service), one.instance && one.instance !== one.service ? h("div", { class: "soft small mono" }, one.instance) : null],
    state(STATES[one.state] ?? "none", one.state), ago(one.since), one.version ?? "–", count(one.queue),
    one.lag_seconds === null || one.lag_seconds === undefined ? "–" : seconds(one.lag_seconds),
    one.resident_bytes ? bytes(one.resident_bytes) : "–",
  ]));
}
