// The audit trail, newest first, with filters and as a file.
import { all, get } from "./api.js";
import { ago, button, field, fill, form, h, table } from "./dom.js";

const TYPES = [
  "connector.created", "connector.updated", "connector.rotated", "connector.deleted", "connector.revoked",
  "connector.cap_changed", "connector.fallback", "connector.default_set", "connector.default_unset", "connector.auth_invalid",
  "policy.changed", "preference.set", "preference.unset", "user.created", "user.deleted", "key.created", "key.deleted", "session.started", "session.ended",
  "image_job.accepted", "image_job.cancel_requested", "image.succeeded", "image.failed",
  "service.started", "service.stopped", "service.died", "audit.restore_accepted",
];
const DAYS = [["", "all days"], ["1", "a day"], ["7", "7 days"], ["30", "30 days"], ["90", "90 days"]];

export const audit = {
  title: "Audit",
  async show(main, session, signal) {
    const users = await all("/api/admin/users");
    if (signal.aborted) return;
    const names = new Map(users.map((user) => [user.id, user.name]));
    const rows = h("tbody");
    const place = h("div");
    const more = h("div", { class: "row" });
    const file = h("a", { class: "button", download: "audit.csv" }, "CSV");
    const load = async (filter, cursor) => {
      const page = await get(`/api/admin/audit?${new URLSearchParams({ ...filter, limit: "50", ...(cursor ? { cursor } : {}) })}`);
      if (signal.aborted) return;
      if (!cursor) {
        fill(rows);
        fill(place, list(rows));
      }
      rows.append(...page.items.map((event) => line(event, names)));
      if (!rows.children.length) fill(place, h("p", { class: "empty" }, "No event fits."));
      fill(more, page.next_cursor ? button("Older events", () => load(filter, page.next_cursor)) : null);
    };
    const look = async (values) => {
      const filter = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
      file.href = `/api/admin/audit.csv?${new URLSearchParams(filter)}`;
      await load(filter, null);
    };
    fill(main, h("div", { class: "head" }, h("h1", {}, "Audit"), file), filters(users, look), h("section", { class: "card" }, place, more));
    await look({});
  },
};

function filters(users, look) {
  const option = ([value, word]) => h("option", { value }, word);
  return h("section", { class: "card" }, h("datalist", { id: "types" }, TYPES.map((type) => h("option", { value: type }))),
    form({ "aria-label": "Filters" }, [h("div", { class: "fields" },
      field("Event", h("input", { name: "event_type", list: "types", placeholder: "any", autocomplete: "off", spellcheck: "false" })),
      field("Who", h("select", { name: "actor" }, [["", "anybody"], ...users.map((user) => [user.id, user.name]), ["gateway", "gateway"], ["operator", "operator"]].map(option))),
      field("What (an id)", h("input", { name: "target", placeholder: "anything", autocomplete: "off", spellcheck: "false" })),
      field("When", h("select", { name: "days" }, DAYS.map(option))))], "Look", look));
}

function list(rows) {
  const shell = table([{ name: "When" }, { name: "Event" }, { name: "Who" }, { name: "What" }, { name: "Notes" }], []);
  shell.querySelector("tbody").replaceWith(rows);
  return shell;
}

function line(event, names) {
  const target = event.target_name || event.target_id;
  return h("tr", {},
    h("td", {}, ago(event.at), h("div", { class: "soft small" }, `#${event.seq}`)),
    h("td", {}, h("code", {}, event.event_type)),
    h("td", {}, names.get(event.actor) ?? event.actor),
    h("td", { class: "word" }, target, target === event.target_id ? null : h("div", { class: "soft small mono" }, event.target_id)),
    h("td", { class: "word" }, event.notes));
}
