// Users and their keys. A new key is shown this once.
import { all, call, get } from "./api.js";
import { ago, button, confirmed, field, fill, form, h, show, tell } from "./dom.js";

export const people = {
  title: "Users",
  async show(main, session, signal) {
    const users = await all("/api/admin/users");
    if (signal.aborted) return;
    const list = h("div", { class: "grid" }, users.map((user) => card(user, session)));
    fill(main, h("div", { class: "head" }, h("h1", {}, "Users")), list, h("section", { class: "card" },
      h("h2", {}, "A new user"), form({ "aria-label": "New user" }, [h("div", { class: "fields" },
        field("Name", h("input", { name: "name", required: true, maxlength: "100", autocomplete: "off" })),
        field("E-mail", h("input", { name: "email", type: "email", placeholder: "none", autocomplete: "off" })),
        field("Role", h("select", { name: "role" }, ["user", "admin"].map((role) => h("option", { value: role }, role)))))],
      "Add", async (values, element) => {
        const body = { name: values.name, role: values.role, ...(values.email ? { email: values.email } : {}) };
        list.append(card(await call("POST", "/api/admin/users", body), session));
        element.reset();
      })));
  },
};

const address = (user) => `/api/admin/users/${encodeURIComponent(user.id)}`;

function card(user, session) {
  const place = h("section", { class: "card", "aria-label": user.name });
  const keys = h("div");
  const box = h("details", {}, h("summary", {}, "Keys"), keys);
  box.addEventListener("toggle", () => { if (box.open) draw().catch((error) => tell(error.message)); });
  const draw = async () => fill(keys, list(user, (await get(`${address(user)}/keys`)).items, draw));
  const isMe = user.id === session.user.id;
  return fill(place,
    h("div", { class: "row apart" }, h("h2", {}, user.name), user.role === "admin" ? h("span", { class: "state" }, "admin") : null),
    h("p", { class: "soft small" }, user.email ?? "no e-mail", " · since ", ago(user.created_at)),
    box,
    isMe ? h("p", { class: "soft small" }, "That is you.") : h("div", { class: "row" }, button("Delete", async () => {
      const sentence = "Their keys and connectors go with them. That can’t be undone.";
      if (!(await confirmed(`Delete ${user.name}?`, sentence, "Delete"))) return;
      await call("DELETE", address(user));
      place.remove();
      tell(`${user.name} is deleted.`);
    }, { class: "danger" })));
}

function list(user, keys, draw) {
  return [
    keys.length ? h("ul", { class: "plain" }, keys.map((key) => h("li", { class: "row apart" },
      h("span", {}, key.name, " ", h("code", { class: "soft" }, key.key), h("span", { class: "soft small" }, " ", ago(key.created_at))),
      button("Delete", async () => {
        const sentence = `${key.key} opens nothing any more, at once. Whoever signed in with it is signed out.`;
        if (!(await confirmed(`Delete the key ${key.name}?`, sentence, "Delete"))) return;
        await call("DELETE", `${address(user)}/keys/${encodeURIComponent(key.id)}`);
        await draw();
      }, { class: "quiet danger" })))) : h("p", { class: "soft" }, "None."),
    form({ "aria-label": `New key for ${user.name}` }, [
      field("Name of a new key", h("input", { name: "name", maxlength: "100", placeholder: "laptop", autocomplete: "off" })),
    ], "Make a key", async (values) => {
      once(await call("POST", `${address(user)}/keys`, values.name ? { name: values.name } : {}));
      await draw();
    }),
  ];
}

function once(key) {
  const box = h("dialog", { "aria-label": "The new key" });
  box.append(h("div", { class: "body" }, h("h2", {}, "The new key"),
    h("p", {}, "It is shown this once: keep it now, only its hash is stored."),
    h("code", { class: "secret", id: "new-key" }, key.key),
    h("div", { class: "row" }, button("Copy", async () => {
      await navigator.clipboard.writeText(key.key);
      tell("Copied.");
    }, { class: "main" }), button("Done", () => box.close()))));
  show(box);
}
