// Calls to the gateway with the session's cookie, which no script can read. The session's word (CSRF) goes with each call.

let word = null;
let signedOut = () => {};

/** An answer that says no, in the gateway's own words. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body?.error ?? `The gateway answered ${status}.`);
    this.status = status;
    this.code = body?.code ?? "";
  }
}

export function whenSignedOut(listener) { signedOut = listener; }

async function send(method, path, body, headers = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Refusal(0, { error: "The gateway can’t be reached." });
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

export async function call(method, path, body) {
  try {
    return await send(method, path, body, method === "GET" ? {} : { "x-martlet-csrf": word ?? "" });
  } catch (error) {
    if (error.status === 401) signedOut();
    throw error;
  }
}

export const get = (path) => call("GET", path);

/** Pages of a list until it ends or there are that many items. */
export async function all(path, most = 1000) {
  const items = [];
  let cursor = null;
  do {
    const sign = path.includes("?") ? "&" : "?";
    const page = await get(cursor ? `${path}${sign}cursor=${encodeURIComponent(cursor)}` : path);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}

function opened(session) {
  word = session.csrf;
  return session;
}

/** The session of before, or null. */
export async function resume() {
  try {
    return opened(await send("GET", "/api/session"));
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

export async function signIn(key) {
  return opened(await send("POST", "/api/session", undefined, { authorization: `Bearer ${key}` }));
}

/** Ends the session, whatever the answer. */
export async function signOut() {
  try {
    await send("DELETE", "/api/session", undefined, { "x-martlet-csrf": word ?? "" });
  } finally {
    word = null;
  }
}
