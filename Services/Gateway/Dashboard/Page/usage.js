// Tokens and cost by month: the caller's own, and for admins everybody's.
import { all, get } from "./api.js";
import { button, count, fill, h, money, table } from "./dom.js";

const MOST_ROWS = 2000;

export const usage = {
  title: "Usage",
  async show(main, session, signal) {
    const isAdmin = session.user.role === "admin";
    let everybody = isAdmin;
    const [connectors, users] = await Promise.all([
      isAdmin ? all("/api/admin/connectors") : get("/api/connectors").then((page) => page.items),
      isAdmin ? all("/api/admin/users") : [],
    ]);
    const names = new Map([
      ...connectors.map((one) => [one.id, one.display_name]), ...users.map((one) => [one.id, one.name]),
    ]);
    const draw = async () => {
      const rows = await all(`${everybody ? "/api/admin/usage" : "/api/usage"}?limit=500`, MOST_ROWS);
      if (signal.aborted) return;
      const months = Map.groupBy ? Map.groupBy(rows, (row) => row.month) : grouped(rows);
      fill(main,
        h("div", { class: "head" }, h("h1", {}, "Usage"), isAdmin ? button(everybody ? "Only mine" : "Everybody’s", async () => {
          everybody = !everybody;
          await draw();
        }) : null),
        months.size ? [...months].map(([month, list]) => section(month, list, names, everybody))
          : h("p", { class: "card empty" }, "Nothing was used yet."),
        rows.length >= MOST_ROWS ? h("p", { class: "soft" }, "There is more than is shown here; GET /api/admin/usage has all.") : null);
    };
    await draw();
  },
};

function grouped(rows) {
  const months = new Map();
  for (const row of rows) months.set(row.month, [...(months.get(row.month) ?? []), row]);
  return months;
}

const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);

function section(month, rows, names, everybody) {
  const title = new Date(`${month}-15T00:00:00Z`).toLocaleDateString("en", { month: "long", year: "numeric" });
  const unpriced = sum(rows, "unpriced_calls");
  const columns = [
    ...(everybody ? [{ name: "User" }] : []), { name: "Connector" }, { name: "Model" }, { name: "Calls", class: "number" },
    { name: "Tokens in", class: "number" }, { name: "Tokens out", class: "number" }, { name: "Cost", class: "number" },
  ];
  return h("section", { class: "card", "aria-label": title },
    h("div", { class: "row apart" }, h("h2", {}, title), h("span", { class: "soft small" },
      `${count(sum(rows, "calls"))} calls · ${count(sum(rows, "tokens_in") + sum(rows, "tokens_out"))} tokens · `
        + money(sum(rows, "cost_usd")) + (unpriced ? ` and ${count(unpriced)} calls of unknown price` : ""))),
    table(columns, rows.map((row) => [
      ...(everybody ? [names.get(row.actor) ?? row.actor] : []), names.get(row.connector_id) ?? row.connector_id,
      h("code", {}, row.model), count(row.calls), count(row.tokens_in), count(row.tokens_out),
      row.unpriced_calls === row.calls ? "unknown" : money(row.cost_usd),
    ])));
}
