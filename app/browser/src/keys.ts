// Keyboard: / searches, J and K move, Enter opens. Nothing happens while someone types.
import { askPair } from "./actions";
import { go, type GridApi } from "./dash";
import { act } from "./rows";

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
  if (event.key === "Enter" && (event.target as HTMLElement).closest?.("#pair-form input")) return askPair();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
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
