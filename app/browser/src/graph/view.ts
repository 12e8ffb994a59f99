// The link graph on a cluster page: one at a time, fed by /api/graph, filtered in the browser.
import { say } from "../dash";
import { CHANNELS, channelsOn, read, type State, write } from "../state";
import { showCard } from "./card";
import { colours } from "./colours";
import { build, type Graph, type Payload, STRONGEST, visibleParts } from "./data";
import { hasWebGL, type Look, type Renderer, withSigma } from "./draw";
import { FALLBACK_NODES, withCanvas } from "./fallback";
import { lasso } from "./lasso";

interface Shown {
  place: HTMLElement;
  payload: Payload;
  graph: Graph;
  look: Look;
  renderer: Renderer;
  plain: boolean; // no WebGL
}

let shown: Shown | null = null;
const SEPARATOR = "|";

let coming: { cluster: string; payload: Promise<Payload | null> } | null = null;

/**
 * Clientside callback: draw `cluster`, or filter what is drawn. Several calls overlap while the data comes; Dash keeps only the
 * last call's answer, so the page is changed here and nothing is returned.
 */
export async function draw(cluster: string | null): Promise<unknown> {
  const place = document.getElementById("graph");
  if (!cluster || !place) return window.dash_clientside.no_update;
  if (shown && (shown.place !== place || shown.payload.cluster !== cluster)) leave();
  if (!shown) {
    if (coming?.cluster !== cluster) coming = { cluster, payload: load(cluster) };
    const payload = await coming.payload;
    if (coming?.cluster === cluster) coming = null;
    if (payload && !shown && place.isConnected) start(place, payload);
  }
  update();
  return window.dash_clientside.no_update;
}

async function load(cluster: string): Promise<Payload | null> {
  message("Loading the link graph …");
  try {
    const answer = await fetch(`/api/graph/${encodeURIComponent(cluster)}`);
    if (answer.ok) return (await answer.json()) as Payload;
    message("The link graph could not be read. Reload the page; if it stays so, look at the server's log.");
  } catch {
    message("The server did not answer. Is it still running?");
  }
  return null;
}

function start(place: HTMLElement, payload: Payload): void {
  const graph = build(payload, place.clientWidth / Math.max(1, place.clientHeight));
  const look: Look = { colours: colours(), nodes: new Set(), edges: new Set(), selected: new Set(), near: new Set(), hovered: null };
  const events = { click: (node: string | null) => choose(node ? [node] : []), hover };
  const plain = !hasWebGL();
  Object.assign(look, visibleParts(graph, read(), hiddenNodes()));
  place.replaceChildren();
  const renderer = (plain ? withCanvas : withSigma)(graph, place, look, events);
  shown = { place, payload, graph, look, renderer, plain };
  window.clewGraph = { select: (node: string) => choose([node]), shown: () => shown };
  const wanted = read().select;
  if (wanted && graph.hasNode(wanted)) choose([wanted]);
}

/** Free the WebGL context when the page is left. */
export function leave(): void {
  shown?.renderer.kill();
  shown = null;
}

function update(): void {
  if (!shown) return;
  const state: State = read();
  shown.look.colours = colours();
  Object.assign(shown.look, visibleParts(shown.graph, state, hiddenNodes()));
  markToggles(state);
  refresh();
  const count = document.getElementById("link-count"); // ours alone: Dash gives it no children
  if (count) count.textContent = countText(shown);
}

function refresh(): void {
  if (!shown) return;
  const { look, graph, payload, renderer } = shown;
  look.near = new Set(look.selected);
  for (const node of look.selected)
    for (const edge of graph.edges(node)) if (look.edges.has(edge)) look.near.add(graph.opposite(node, edge));
  renderer.refresh();
  message(look.nodes.size ? "" : "Nothing links these accounts under the present filters. Turn a channel on, or widen the days.");
  const card = document.getElementById("graph-card");
  if (card) showCard(card, payload, graph, look, { hide, close: () => choose([]) });
  const undo = document.getElementById("tool-show") as HTMLButtonElement | null;
  if (undo) undo.disabled = hiddenNodes().size === 0;
}

function countText({ look, payload, plain }: Shown): string {
  const links = `${look.nodes.size.toLocaleString("en")} nodes · ${look.edges.size.toLocaleString("en")} links`;
  const drawn = payload.accounts.href.length;
  const parts = [links];
  if (plain && look.nodes.size > FALLBACK_NODES) parts.push(`no WebGL: showing ${FALLBACK_NODES} of ${look.nodes.size} nodes`);
  if (drawn < payload.of.accounts) parts.push(`showing ${drawn} of ${payload.of.accounts} accounts`);
  return parts.join(" · ");
}

function markToggles(state: State): void {
  const on = channelsOn(state);
  const present = new Set(shown?.payload.channels ?? []);
  for (const channel of CHANNELS) {
    const button = document.querySelector<HTMLElement>(`[data-channel-toggle="${channel}"]`);
    if (!button) continue;
    button.hidden = !present.has(channel);
    button.setAttribute("aria-pressed", String(on.has(channel)));
  }
  markHubs(state);
}

/** The button that says how many entities are drawn, and draws all. */
function markHubs(state: State): void {
  const button = document.getElementById("hubs-toggle");
  if (!button || !shown) return;
  const { look, graph, payload } = shown;
  const drawn = [...look.nodes].filter((node) => graph.getNodeAttribute(node, "channel")).length;
  button.hidden = payload.of.hubs === 0 || !graph.someNode((_, data) => data.rank >= STRONGEST);
  button.textContent = `showing ${drawn} of ${payload.of.hubs.toLocaleString("en")} entities`;
  button.title = state.hubs === "all" ? `Draw only the ${STRONGEST} strongest of each channel` : "Draw them all";
}

function hover(node: string | null): void {
  if (!shown) return;
  shown.look.hovered = node;
  shown.place.style.cursor = node ? "pointer" : "";
  shown.renderer.refresh();
}

/** Choose nodes (none: clear). One chosen node stands in the URL. */
export function choose(nodes: string[]): void {
  if (!shown) return;
  const known = nodes.filter((node) => shown!.graph.hasNode(node));
  if (nodes.length && !known.length) return say("That one is not drawn: it links no two accounts here.");
  shown.look.selected = new Set(known);
  write({ select: known.length === 1 ? known[0] : "" });
  update(); // a chosen entity is drawn even when it is not among the strongest
}

function hiddenNodes(): Set<string> {
  return new Set((read().hide ?? "").split(SEPARATOR).filter(Boolean));
}

function hide(nodes: string[]): void {
  write({ hide: [...hiddenNodes(), ...nodes].join(SEPARATOR), select: "" });
  if (shown) shown.look.selected = new Set();
  update();
}

function message(text: string): void {
  const place = document.getElementById("graph-message");
  if (place) place.textContent = text;
}

export const tools: Record<string, () => void | Promise<void>> = {
  "tool-centre": () => shown?.renderer.centre(),
  "hubs-toggle": () => {
    write({ hubs: read().hubs === "all" ? "" : "all" });
    update();
  },
  "tool-show": () => {
    write({ hide: "" });
    update();
  },
  "tool-hide": () => {
    const chosen = [...(shown?.look.selected ?? [])];
    if (chosen.length) hide(chosen);
    else say("Choose a node first: click one, or draw a lasso.");
  },
  "tool-lasso": async () => {
    if (!shown) return;
    say("Draw around the nodes to choose; Escape leaves.");
    const shape = await lasso(shown.place, shown.look.colours.text);
    if (shape && shown) choose(shown.renderer.inside(shape));
  },
  "tool-png": async () => {
    if (!shown) return;
    const canvas = await shown.renderer.png();
    const link = document.createElement("a");
    link.href = canvas.toDataURL("image/png");
    link.download = `${shown.payload.cluster}.png`;
    link.click();
  },
};
