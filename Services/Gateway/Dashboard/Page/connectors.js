// Ways to the providers: their state, a look at each on demand, what they have used of their cap.
import { all, call, get } from "./api.js";
import { ago, button, count, facts, field, fill, form, h, state } from "./dom.js";

const STATUS = { active: ["good", "active"], auth_invalid: ["bad", "credentials refused"], revoked: ["none", "revoked"] };

export const connectors = {
  title: "Connectors",
  async show(main, session, signal) {
    const isAdmin = session.user.role === "admin";
    const [list, owners] = await Promise.all([
      isAdmin ? all("/api/admin/connectors") : get("/api/connectors").then((page) => page.items),
      isAdmin ? all("/api/admin/users").then((users) => new Map(users.map((user) => [user.id, user.name]))) : new Map(),
    ]);
    if (signal.aborted) return;
    fill(main,
      h("div", { class: "head" }, h("h1", {}, "Connectors"), h("span", { class: "soft small" }, "martlet connector create makes one")),
      list.length ? h("div", { class: "grid" }, list.map((one) => card(one, session, owners)))
        : h("p", { class: "card empty" }, "There is no connector yet."));
  },
};

function health(one) {
  const word = one.last_health_check_status;
  if (!word) return state("none", "not checked");
  if (word === "ok") return state("good", "answers");
  return word === "unknown" ? state("none", "not checked lately") : state("bad", word.replaceAll("_", " "));
}

function card(one, session, owners) {
  const place = h("section", { class: "card", "aria-label": one.display_name });
  const draw = (connector) => fill(place, ...content(connector, session, owners, draw));
  draw(one);
  return place;
}

function content(one, session, owners, draw) {
  const result = h("div", { "aria-live": "polite", class: "small" });
  const owner = one.owner === "organisation" ? "the organisation" : owners.get(one.owner_id) ?? session.user.name;
  const test = button("Test", async () => {
    fill(result, "Looking …");
    try {
      const found = await call("POST", `/api/connectors/${one.id}/test`);
      const time = found.latency_ms === null ? "" : ` in ${count(found.latency_ms)} ms`;
      fill(result, state(found.success ? "good" : "bad", found.success ? `answers${time}` : found.status.replaceAll("_", " ")),
        " ", found.message);
    } catch (error) {
      fill(result, state("bad", "no test"), " ", error.message);
    }
  });
  const [kind, word] = STATUS[one.status] ?? ["none", one.status];
  return [
    h("div", { class: "row apart" }, h("h2", {}, one.display_name), state(kind, word)),
    facts(
      ["Type", h("code", {}, one.connector_type)],
      ["Owner", one.is_default ? `${owner} (default)` : owner],
      ["Provider", h("span", { class: "row" }, health(one), h("span", { class: "soft small" }, ago(one.last_health_check_at)))],
      ["Last used", ago(one.last_used_at)],
      one.model_hint ? ["Model", one.model_hint] : null),
    used(one),
    h("div", { class: "row" }, one.status === "revoked" ? null : test, result),
    session.user.role === "admin" ? cap(one, draw) : null,
  ];
}

function used(one) {
  const tokens = count(one.current_month_tokens);
  if (one.monthly_token_cap === null) return h("p", { class: "small" }, `${tokens} tokens this month, no cap`);
  const full = one.current_month_tokens >= one.monthly_token_cap;
  const words = `${tokens} of ${count(one.monthly_token_cap)} tokens this month${full ? ": the cap is reached" : ""}`;
  return h("div", {}, h("p", { class: "small" }, words), h("progress", {
    class: full ? "full" : null, "aria-label": words, max: String(Math.max(1, one.monthly_token_cap)),
    value: String(one.monthly_token_cap === 0 ? 1 : Math.min(one.current_month_tokens, one.monthly_token_cap)),
  }));
}

function cap(one, draw) {
  const number = h("input", {
    name: "cap", type: "number", min: "0", step: "1", placeholder: "no cap", value: one.monthly_token_cap,
  });
  return h("details", {}, h("summary", {}, "Change the cap"),
    form({ "aria-label": "Cap" }, [field("Tokens in a month; empty for no cap", number)], "Save", async (values) => {
      const body = { monthly_token_cap: values.cap === "" ? null : Number(values.cap) };
      const changed = await call("PATCH", `/api/admin/connectors/${encodeURIComponent(one.id)}/cap`, body);
      draw({ ...changed, owner_id: one.owner_id });
    }));
}
