// The card beside the graph that says why: what a chosen node is, whom it links, and how surprising that is.
import { element, icon } from "../dash";
import type { Graph, Payload } from "./data";
import { hubName } from "./data";
import type { Look } from "./draw";

const LISTED = 6;

export interface CardActions {
  hide(nodes: string[]): void;
  close(): void;
}

export function showCard(place: HTMLElement, payload: Payload, graph: Graph, look: Look, actions: CardActions): void {
  const chosen = [...look.selected].filter((node) => look.nodes.has(node));
  place.hidden = chosen.length === 0;
  if (!chosen.length) return place.replaceChildren();
  const parts = chosen.length > 1 ? several(payload, graph, look, chosen) : one(payload, graph, look, chosen[0]);
  place.replaceChildren(...parts, buttons(chosen, actions));
}

function one(payload: Payload, graph: Graph, look: Look, node: string): HTMLElement[] {
  const { channel, at } = graph.getNodeAttributes(node);
  return channel ? hub(payload, graph, look, node, at) : account(payload, graph, look, node, at);
}

function hub(payload: Payload, graph: Graph, look: Look, node: string, at: number): HTMLElement[] {
  const { hubs } = payload;
  const sharers = graph.neighbors(node).filter((other) => look.nodes.has(other)).length;
  const expected = hubs.expected[at];
  const lines = [`Shared by ${count(sharers, "account")} here, ${count(hubs.everywhere[at], "account")} in all`];
  lines.push(`${hubs.bits[at].toFixed(1)} bits of evidence; ${(100 * hubs.rarity[at]).toFixed(1)}% of accounts do not have it`);
  if (expected !== null) lines.push(`By chance ${expected < 0.1 ? expected.toPrecision(1) : expected.toFixed(1)} members would share it`);
  return [title(hubs.channel[at], hubName(payload, at)), ...lines.map(line), openLink(node, "Open entity")];
}

function account(payload: Payload, graph: Graph, look: Look, node: string, at: number): HTMLElement[] {
  const edges = graph.edges(node).filter((edge) => look.edges.has(edge));
  const strongest = edges.sort((a, b) => graph.getEdgeAttribute(b, "bits") - graph.getEdgeAttribute(a, "bits"));
  const bits = strongest.reduce((sum, edge) => sum + graph.getEdgeAttribute(edge, "bits"), 0);
  const list = element("ul");
  for (const edge of strongest.slice(0, LISTED)) {
    const row = element("li");
    const other = graph.getNodeAttributes(graph.opposite(node, edge));
    row.append(icon(other.channel), element("span", "clip", other.label), element("b", "", graph.getEdgeAttribute(edge, "bits").toFixed(1)));
    list.append(row);
  }
  const more = strongest.length > LISTED ? [line(`showing ${LISTED} of ${strongest.length}`)] : [];
  const said = line(`Linked by ${count(strongest.length, "entity")}, ${bits.toFixed(1)} bits in this view`);
  return [title("account", payload.accounts.label[at]), said, list, ...more, openLink(node, "Open account")];
}

function several(payload: Payload, graph: Graph, look: Look, chosen: string[]): HTMLElement[] {
  const accounts = chosen.filter((node) => !graph.getNodeAttribute(node, "channel"));
  const shared = new Map<number, number>();
  for (const node of accounts)
    for (const edge of graph.edges(node)) {
      if (!look.edges.has(edge)) continue;
      const { at } = graph.getNodeAttributes(graph.opposite(node, edge));
      shared.set(at, (shared.get(at) ?? 0) + 1);
    }
  const list = element("ul");
  for (const [at, n] of [...shared].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, LISTED)) {
    const row = element("li");
    row.append(icon(payload.hubs.channel[at]), element("span", "clip", hubName(payload, at)), element("b", "", String(n)));
    list.append(row);
  }
  return [title("cluster", `${count(accounts.length, "account")} chosen`), line(`They share ${count(shared.size, "entity")}; most common:`), list];
}

function buttons(chosen: string[], actions: CardActions): HTMLElement {
  const row = element("div", "card-buttons");
  const hide = element("button", "button small", chosen.length > 1 ? "Hide these" : "Hide");
  const close = element("button", "button small", "Close");
  hide.addEventListener("click", () => actions.hide(chosen));
  close.addEventListener("click", () => actions.close());
  row.append(hide, close);
  return row;
}

function title(name: string, text: string): HTMLElement {
  const made = element("h3");
  made.append(icon(name), element("span", "", text));
  return made;
}

function line(text: string): HTMLElement {
  return element("p", "", text);
}

function openLink(href: string, text: string): HTMLElement {
  const made = element("a", "", text);
  made.href = href;
  return made;
}

function count(n: number, word: string): string {
  return n === 1 ? `1 ${word}` : `${n.toLocaleString("en")} ${word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`}`;
}
