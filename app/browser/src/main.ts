// Entry: what Dash calls by name, and the listeners of every page.
import { onChange, onClick } from "./actions";
import { cells, functions } from "./cells";
import { draw, leave } from "./graph/view";
import { onKey } from "./keys";
import { listen, mount } from "./search";
import { watch } from "./session";
import { write } from "./state";

interface Selected {
  range?: { x?: [string, string] };
}

/** Clientside callback: the days under the brush, into the URL. Bars stand around midnight, so the ends round to days. */
function brush(selected: Selected | null): unknown {
  const range = selected?.range?.x;
  if (range) {
    const [from, to] = range.map((moment) => Date.parse(`${moment.replace(" ", "T")}Z`)).sort((a, b) => a - b);
    const halfDay = 43_200_000;
    const iso = (time: number) => new Date(time).toISOString().slice(0, 10);
    const first = iso(from + halfDay);
    const last = iso(to + halfDay - 1);
    write({ from: first <= last ? first : last, to: last });
  }
  return window.dash_clientside.no_update;
}

/** Clientside callback: another page; free what the last one held. */
function moved(path: string): unknown {
  mount();
  if (!path.startsWith("/cluster/")) leave();
  for (const link of document.querySelectorAll<HTMLElement>("[data-section]")) {
    const here = link.dataset.section === "/" ? path === "/" : path.startsWith(link.dataset.section!);
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  return window.dash_clientside.no_update;
}

/** Clientside callback: a theme stored in another tab or visit. */
function themed(theme: string | null): unknown {
  if (theme) document.documentElement.dataset.theme = theme === "light" ? "light" : "dark";
  return window.dash_clientside.no_update;
}

window.dash_clientside = Object.assign(window.dash_clientside ?? {}, { clew: { draw, brush, moved, themed } });
window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions ?? {}, cells);
window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions ?? {}, functions);
document.addEventListener("click", onClick);
document.addEventListener("change", onChange);
document.addEventListener("keydown", onKey);
listen();
watch();
