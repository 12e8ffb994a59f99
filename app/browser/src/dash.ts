// The few things of Dash that we use, with types.
type Props = Record<string, unknown>;

interface DashClientside {
  set_props(id: string, props: Props): void;
  no_update: unknown;
  [namespace: string]: unknown;
}

declare global {
  interface Window {
    dash_clientside: DashClientside;
    dashAgGridFunctions: Record<string, unknown>;
    dashAgGridComponentFunctions: Record<string, unknown>;
    dash_ag_grid: { getApi(id: string): GridApi };
    React: { createElement(type: string, props: Props | null, ...children: unknown[]): unknown };
    clewGraph?: unknown;
  }
}

export interface GridNode {
  data: Record<string, unknown>;
  rowIndex: number | null;
  setSelected(selected: boolean, clear?: boolean): void;
}

export interface GridApi {
  getSelectedNodes(): GridNode[];
  getDisplayedRowAtIndex(index: number): GridNode | undefined;
  getDisplayedRowCount(): number;
  ensureIndexVisible(index: number): void;
}

export function setProps(id: string, props: Props): void {
  window.dash_clientside.set_props(id, props);
}

/** Go to one of our own pages without a reload. */
export function go(href: string): void {
  history.pushState({}, "", href);
  window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  window.scrollTo(0, 0);
}

/** Say something to the reader, and to a screen reader; it fades by itself. */
export function say(text: string): void {
  const place = document.getElementById("notice");
  if (!place) return;
  place.textContent = text;
  place.classList.add("is-shown");
  setTimeout(() => place.textContent === text && place.classList.remove("is-shown"), 6000);
}

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export function icon(name: string): HTMLElement {
  const made = element("span", `icon icon-${name} channel-${name}`);
  made.setAttribute("aria-hidden", "true");
  return made;
}
