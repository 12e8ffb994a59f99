// Keyboard: / searches, J and K move, Enter opens, G and a letter goes to a page, ? lists all. Nothing happens while someone types.
import { ask } from "./actions";
import { go, type GridApi } from "./dash";
import { keysShown, showKeys } from "./overlay";
import { act } from "./rows";

const PAGES: Record<string, string> = { t: "/", q: "/queue", c: "/cases", r: "/runs" };
const CHORD_MS = 1500;

let begun = -CHORD_MS; // when G was pressed

function typing(target: EventTarget | null): boolean {
  const at = target as HTMLElement | null;
  return !!at?.closest?.("input, textarea, select, [contenteditable]");
}

function queue(): GridApi | null {
  const id = ["queue-grid", "tonight-queue", "cases-grid"].find((name) => document.getElementById(name));
  return id ? window.dash_ag_grid?.getApi(id) ?? null : null;
}

function move(api: GridApi, step: number): void {
  const at = api.getSelectedNodes()[0]?.rowIndex ?? (step > 0 ? -1 : 0);
  const next = Math.max(0, Math.min(api.getDisplayedRowCount() - 1, at + step));
  api.getDisplayedRowAtIndex(next)?.setSelected(true, true);
  api.ensureIndexVisible(next);
}

export function onKey(event: KeyboardEvent): void {
  const form = (event.target as HTMLElement).closest?.("#pair-form, #compare-form");
  if (form && event.key === "Enter" && typing(event.target)) return ask(form.id.split("-")[0]);
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "?") return showKeys();
  if (keysShown()) return;
  const chord = event.timeStamp - begun < CHORD_MS;
  begun = key === "g" ? event.timeStamp : -CHORD_MS;
  if (chord && PAGES[key]) return go(PAGES[key]);
  if (key === "/") {
    document.getElementById("search")?.focus();
    return event.preventDefault();
  }
  const api = queue();
  if (key === "j" || key === "k") {
    if (api) move(api, key === "j" ? 1 : -1);
    else document.getElementById(key === "j" ? "next-cluster" : "previous-cluster")?.click();
  }
  if (key !== "enter" || act(event.target as HTMLElement)) return;
  if (api && !(event.target as HTMLElement).closest("a, button")) {
    const chosen = api.getSelectedNodes()[0];
    if (chosen) go(String(chosen.data.href));
  }
}
