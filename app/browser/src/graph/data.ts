// The link graph as it comes from the server, and as graphology holds it.
import { MultiGraph } from "graphology";
import type { State } from "../state";
import { channelsOn } from "../state";

export interface Payload {
  cluster: string;
  channels: string[]; // with evidence; timing between pairs alone has no entity to draw
  accounts: { label: string[]; href: string[]; bits: number[]; x: (number | null)[]; y: (number | null)[] };
  hubs: {
    id: string[];
    href: string[];
    channel: string[];
    kind: string[];
    label: string[];
    sharers: number[];
    everywhere: number[];
    rarity: number[];
    expected: (number | null)[];
    bits: number[];
    x: (number | null)[];
    y: (number | null)[];
  };
  links: { account: number[]; hub: number[]; bits: number[]; first: string[]; last: string[] };
  of: { accounts: number; hubs: number; links: number };
}

export interface NodeData {
  x: number;
  y: number;
  size: number;
  label: string;
  channel: string; // empty for an account
  at: number; // position in payload.accounts or payload.hubs
  rank: number; // among the hubs of its channel, strongest first; 0 for an account
  forceLabel?: boolean;
}

export interface EdgeData {
  channel: string;
  bits: number;
  first: string;
  last: string;
  size: number;
}

export type Graph = MultiGraph<NodeData, EdgeData>;

const LABELLED_HUBS = 14;

const MOST_STRETCH = 1.7;

/** Nodes are named by the address of their page. `shape` is width over height of the place: the layout is widened to fill it. */
export function build(payload: Payload, shape: number): Graph {
  const graph: Graph = new MultiGraph();
  const { accounts, hubs, links } = payload;
  const dot = accounts.href.length > 2000 ? 1.6 : accounts.href.length > 500 ? 2.2 : 3;
  accounts.href.forEach((href, at) => {
    const [x, y] = place(accounts.x[at], accounts.y[at], at, accounts.href.length);
    graph.mergeNode(href, { x, y, size: dot, label: accounts.label[at], channel: "", at, rank: 0 });
  });
  const ranks = new Map<string, number>();
  hubs.href.forEach((href, at) => {
    const rank = ranks.get(hubs.channel[at]) ?? 0;
    ranks.set(hubs.channel[at], rank + 1);
    const [x, y] = place(hubs.x[at], hubs.y[at], at, hubs.href.length);
    const size = Math.min(14, 5 + 1.3 * Math.log2(1 + hubs.sharers[at]));
    const forceLabel = at < LABELLED_HUBS || rank === 0;
    graph.mergeNode(href, { x, y, size, label: hubName(payload, at), channel: hubs.channel[at], at, rank, forceLabel });
  });
  links.account.forEach((account, i) => {
    const hub = links.hub[i];
    const data = { channel: hubs.channel[hub], bits: links.bits[i], first: links.first[i], last: links.last[i], size: 1 };
    graph.addEdge(accounts.href[account], hubs.href[hub], data);
  });
  hubs.href.forEach((href, at) => hubs.x[at] === null && amidst(graph, href));
  widen(graph, shape);
  return graph;
}

/** An entity without a place of its own stands in the middle of its accounts. */
function amidst(graph: Graph, node: string): void {
  const around = graph.neighbors(node).map((other) => graph.getNodeAttributes(other));
  if (!around.length) return;
  const mean = (of: (data: NodeData) => number) => around.reduce((sum, data) => sum + of(data), 0) / around.length;
  graph.mergeNodeAttributes(node, { x: mean((data) => data.x), y: mean((data) => data.y) });
}

/** A force layout says who is near whom; a moderate stretch keeps that. */
function widen(graph: Graph, shape: number): void {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  graph.forEachNode((_, { x, y }) => {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [bottom, top] = [Math.min(bottom, y), Math.max(top, y)];
  });
  const factor = Math.min(MOST_STRETCH, Math.max(1, (shape * (top - bottom)) / (right - left || 1)));
  if (Number.isFinite(factor)) graph.updateEachNodeAttributes((_, data) => ({ ...data, x: data.x * factor }), { attributes: ["x"] });
}

export function hubName(payload: Payload, at: number): string {
  const label = payload.hubs.label[at];
  const kind = payload.hubs.kind[at];
  const short = label.length > 30 ? `${label.slice(0, 29)}…` : label;
  return label.startsWith(kind) ? short : `${kind} ${short}`;
}

/** The run's own layout; an account without one stands on an outer circle. */
function place(x: number | null, y: number | null, at: number, of: number): [number, number] {
  if (x !== null && y !== null) return [x, y];
  const angle = (2 * Math.PI * at) / Math.max(1, of);
  return [60 * Math.cos(angle), 60 * Math.sin(angle)];
}

/** Entities drawn per channel unless all are asked for: a hundred sentences of one template are one piece of evidence, not a hundred. */
export const STRONGEST = 8;

/** What the filters leave: edges that count, and nodes that one of them touches. */
export function visibleParts(graph: Graph, state: State, hidden: Set<string>): { nodes: Set<string>; edges: Set<string> } {
  const on = channelsOn(state);
  const nodes = new Set<string>();
  const edges = new Set<string>();
  graph.forEachEdge((edge, data, source, target) => {
    if (!on.has(data.channel) || hidden.has(source) || hidden.has(target)) return;
    if ((state.from && data.last < state.from) || (state.to && data.first > state.to)) return;
    if (state.hubs !== "all" && graph.getNodeAttribute(target, "rank") >= STRONGEST && target !== state.select) return;
    edges.add(edge);
    nodes.add(source).add(target);
  });
  return { nodes, edges };
}
