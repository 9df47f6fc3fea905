// Image jobs: a form for a small batch, the jobs of before, and the progress of those under way as it happens.
import { call, get } from "./api.js";
import { ago, button, field, fill, form, h, money, note, plural, state } from "./dom.js";

const STATUS = {
  queued: "none", running: "busy", succeeded: "good", partial: "warn", failed: "bad", cancelled: "none",
};
const MOST_IMAGES = 10;
/** A browser opens six connections to a host; these must not take them all. */
const MOST_STREAMS = 3;
const open = (job) => job.status === "queued" || job.status === "running";

export const images = {
  title: "Images",
  async show(main, session, signal) {
    const first = await get("/api/images/jobs?limit=10");
    if (signal.aborted) return;
    const list = h("div", { class: "jobs" });
    const jobs = { list, signal, streams: 0 };
    const more = h("div", { class: "row" });
    const older = (cursor) => fill(more, cursor ? button("Older jobs", async () => {
      const page = await get(`/api/images/jobs?limit=10&cursor=${encodeURIComponent(cursor)}`);
      list.append(...page.items.map((job) => card(job, jobs)));
      older(page.next_cursor);
    }) : null);
    const none = h("p", { class: "card empty" }, "No job yet. What you ask for above appears here.");
    fill(main, h("div", { class: "head" }, h("h1", {}, "Images")), batch(async (job) => {
      none.remove();
      list.prepend(card(await get(job.status_url), jobs));
    }), list, more);
    list.append(...first.items.map((job) => card(job, jobs)));
    if (!first.items.length) list.append(none);
    older(first.next_cursor);
  },
};

function batch(accepted) {
  const prompts = h("textarea", {
    name: "prompts", required: true, rows: "4", placeholder: "a boat at dawn\na library inside a lighthouse",
  });
  const model = h("input", { name: "model", placeholder: "the provider’s own", autocomplete: "off", spellcheck: "false" });
  const format = h("select", { name: "format" }, ["webp", "png", "jpg"].map((name) => h("option", { value: name }, name)));
  const size = h("input", { name: "size", placeholder: "auto", pattern: "auto|[0-9]{2,4}x[0-9]{2,4}", title: "auto, or for example 1024x1024" });
  return h("section", { class: "card" }, h("h2", {}, "A batch"), form({ "aria-label": "New batch" }, [
    field(`What to show: one picture in each line, up to ${MOST_IMAGES}`, prompts),
    h("div", { class: "fields" }, field("Model", model), field("Format", format), field("Size", size)),
  ], "Make them", async (values, element) => {
    const lines = values.prompts.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!lines.length) throw new Error("Say what to show.");
    if (lines.length > MOST_IMAGES) throw new Error(`That is more than ${MOST_IMAGES} pictures.`);
    const body = {
      images: lines.map((line) => ({ prompt: line, title: line.slice(0, 80), ...(values.size ? { size: values.size } : {}) })),
      settings: { image_format: values.format, ...(values.model ? { model: values.model } : {}) },
    };
    await accepted(await call("POST", "/api/images/jobs", body));
    element.elements.prompts.value = "";
  }));
}

function card(job, jobs) {
  const label = `Job of ${new Date(job.created_at).toLocaleString("en")}`;
  const view = { job, steps: new Map(), drawn: new Map(), head: h("div", { class: "row" }), bar: h("div") };
  view.cancel = button("Cancel", async () => {
    view.job = await call("DELETE", `/api/images/jobs/${encodeURIComponent(job.job_id)}`);
    draw(view);
  });
  view.pictures = h("div", { class: "pictures" });
  const place = h("section", { class: "card job", "aria-label": label },
    h("div", { class: "row apart" }, view.head, view.cancel), view.bar,
    ...job.warnings.map((warning) => note("warn", warning.message)), view.pictures);
  draw(view);
  if (open(job)) follow(view, jobs);
  return place;
}

/** Draws what has changed and leaves the rest, so that nobody loses their place in it. */
function draw(view) {
  const { job } = view;
  fill(view.head, state(STATUS[job.status] ?? "none", job.status), h("strong", {}, plural(job.images.length, "picture")),
    h("span", { class: "soft small" }, ago(job.created_at), job.cost_usd === undefined ? "" : ` · ${money(job.cost_usd)}`));
  view.cancel.hidden = !open(job);
  fill(view.bar, open(job) ? [
    h("progress", { max: "100", value: String(job.percent), "aria-label": "Progress of the job" }),
    h("p", { class: "soft small" }, `${job.percent} % · ${job.message}`),
  ] : []);
  for (const image of job.images) {
    const step = image.status === "generating" ? view.steps.get(image.id) : undefined;
    const sign = JSON.stringify([image.status, image.percent, step]);
    const before = view.drawn.get(image.id);
    if (before?.sign === sign) continue;
    const element = picture(image, step);
    if (before) before.element.replaceWith(element);
    else view.pictures.append(element);
    view.drawn.set(image.id, { sign, element });
  }
}

function picture(image, step) {
  const address = `/api/images/${encodeURIComponent(image.id)}/content`;
  const caption = h("span", { class: "caption", title: image.title }, image.title || `Picture ${image.index + 1}`);
  if (image.status === "generated") {
    const shown = h("img", { src: `${address}?variant=thumb`, alt: image.title || `Picture ${image.index + 1}`, loading: "lazy" });
    return h("a", { class: "picture", href: address, target: "_blank", rel: "noopener" }, h("span", { class: "frame" }, shown), caption);
  }
  const words = { pending: "waits", generating: step?.message ?? "under way", cancelled: "cancelled" };
  const why = image.status === "failed" ? image.error?.message ?? "failed" : words[image.status] ?? image.status;
  return h("div", { class: "picture" },
    h("div", { class: "frame text small" }, h("div", {},
      image.status === "failed" ? h("div", {}, state("bad", "failed")) : null, why,
      image.status === "generating" ? h("progress", { max: "100", value: String(step?.percent ?? image.percent), "aria-label": caption.textContent }) : null)),
    caption);
}

/** Keeps a job's card true until it ends: by its events where a stream is free, else by asking. */
function follow(view, jobs) {
  const path = `/api/images/jobs/${encodeURIComponent(view.job.job_id)}`;
  let timer = null;
  const refresh = async () => {
    timer = null;
    try {
      view.job = await get(path);
    } catch {
      return;
    }
    draw(view);
    if (!open(view.job)) stop();
  };
  const soon = () => { timer ??= setTimeout(refresh, 200); };
  let stop;
  if (jobs.streams >= MOST_STREAMS) {
    const poll = setInterval(() => { if (!document.hidden) soon(); }, 3000);
    stop = () => clearInterval(poll);
  } else {
    jobs.streams += 1;
    const stream = new EventSource(`${path}/events`);
    const slow = setInterval(() => { if (stream.readyState === EventSource.CLOSED) soon(); }, 5000);
    stop = () => {
      clearInterval(slow);
      if (stream.readyState !== EventSource.CLOSED) stream.close();
      jobs.streams = Math.max(0, jobs.streams - 1);
      stop = () => {};
    };
    stream.addEventListener("step", (event) => {
      const step = JSON.parse(event.data);
      view.steps.set(step.image_id, { percent: step.percent, message: step.message });
      soon();
    });
    for (const name of ["image_attempt", "image", "image_failed"]) stream.addEventListener(name, soon);
    stream.addEventListener("done", () => { stream.close(); soon(); });
  }
  jobs.signal.addEventListener("abort", () => { clearTimeout(timer); stop(); });
}
