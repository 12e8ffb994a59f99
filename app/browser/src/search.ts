// Search in the top bar: a combobox whose list comes from /api/search.
import { element, go, icon } from "./dash";

interface Hit {
  kind: string;
  channel?: string;
  label: string;
  detail: string;
  href: string;
}

const WAIT_MS = 60;
let timer = 0;
let asked = 0;
let active = -1;

const input = () => document.getElementById("search") as HTMLInputElement;
const list = () => document.getElementById("search-results")!;
const options = () => [...list().querySelectorAll<HTMLElement>("[role=option]")];

async function ask(): Promise<void> {
  const number = ++asked;
  const query = input().value.trim();
  if (!query) return close();
  try {
    const answer = await fetch(`/api/search?q=${encodeURIComponent(query)}`);
    const found = (await answer.json()) as { hits: Hit[]; of: Record<string, number>; error?: string };
    if (number !== asked) return;
    if (!answer.ok) return show([element("p", "empty", found.error ?? "Search failed; look at the server's log.")]);
    show(found.hits.length ? rows(found.hits, found.of) : [element("p", "empty", `Nothing holds “${query}”.`)]);
  } catch {
    show([element("p", "empty", "The server did not answer.")]);
  }
}

function rows(hits: Hit[], of: Record<string, number>): HTMLElement[] {
  return hits.flatMap((hit, i) => {
    const first = hits[i - 1]?.kind !== hit.kind;
    const shownOfKind = hits.filter((other) => other.kind === hit.kind).length;
    const heading = element("p", "group", `${hit.kind} · showing ${shownOfKind} of ${of[hit.kind]}`);
    heading.setAttribute("role", "presentation");
    return first ? [heading, row(hit, i)] : [row(hit, i)];
  });
}

function row(hit: Hit, i: number): HTMLElement {
  const made = element("div", "hit");
  made.id = `hit-${i}`;
  made.dataset.href = hit.href;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  made.append(icon(hit.channel ?? hit.kind), element("span", "clip", hit.label), element("span", "detail", hit.detail));
  made.addEventListener("mousedown", (event) => {
    event.preventDefault();
    open(hit.href);
  });
  return made;
}

function show(parts: HTMLElement[]): void {
  active = -1;
  list().replaceChildren(...parts);
  list().hidden = false;
  input().setAttribute("aria-expanded", "true");
  input().removeAttribute("aria-activedescendant");
}

function close(): void {
  asked++;
  list().hidden = true;
  input().setAttribute("aria-expanded", "false");
  input().removeAttribute("aria-activedescendant");
}

function open(href: string): void {
  close();
  input().value = "";
  input().blur();
  go(href);
}

function step(by: number): void {
  const all = options();
  if (!all.length) return;
  active = (active + by + all.length) % all.length;
  all.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
  all[active].scrollIntoView({ block: "nearest" });
  input().setAttribute("aria-activedescendant", all[active].id);
}

function onKey(event: KeyboardEvent): void {
  if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else if (event.key === "Escape") {
    close();
    input().blur();
  } else if (event.key === "Enter") {
    const chosen = options()[Math.max(0, active)];
    if (chosen && !list().hidden) open(chosen.dataset.href!);
  } else return;
  event.preventDefault();
}

/** Put the input into the top bar, once Dash has drawn it. */
export function mount(): void {
  const box = document.getElementById("search-box");
  if (!box || input()) return;
  const made = element("input");
  const attributes = { id: "search", type: "text", placeholder: "Find account, card, IP, template…", autocomplete: "off", maxlength: "100" };
  const aria = { role: "combobox", "aria-label": "Search", "aria-controls": "search-results", "aria-expanded": "false", "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries({ ...attributes, ...aria })) made.setAttribute(name, value);
  box.append(made);
  list().setAttribute("role", "listbox");
  list().setAttribute("aria-label", "Search results");
  list().hidden = true;
}

/** Events are caught on the document: they work whenever the input comes. */
export function listen(): void {
  document.addEventListener("input", (event) => {
    if ((event.target as HTMLElement).id !== "search") return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT_MS);
  });
  document.addEventListener("keydown", (event) => (event.target as HTMLElement).id === "search" && onKey(event));
  document.addEventListener("focusout", (event) => (event.target as HTMLElement).id === "search" && close());
}
