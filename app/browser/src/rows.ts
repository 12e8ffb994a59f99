// A click or Enter on a row of a table opens the row's page, or chooses the row in the graph (tables of class `chooses`).
import { go } from "./dash";
import { choose } from "./graph/view";

/** Acts on the row under `target`; false where there is none, or where a link in it is meant. */
export function act(target: HTMLElement): boolean {
  const row = target.closest<HTMLElement>(".ag-row");
  const table = row?.closest<HTMLElement>(".table");
  if (!row || !table || target.closest("a, button, .ag-selection-checkbox, [col-id='ag-Grid-SelectionColumn']")) return false;
  const href = window.dash_ag_grid.getApi(table.id).getDisplayedRowAtIndex(Number(row.getAttribute("row-index")))?.data.href;
  if (typeof href !== "string") return false;
  if (table.classList.contains("chooses")) choose([href]);
  else go(href);
  return true;
}
