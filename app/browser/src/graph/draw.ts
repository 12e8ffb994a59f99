// Sigma draws the graph; where there is no WebGL, a plain canvas does (see fallback.ts). Both answer to `Renderer`.
import { drawOnCanvas } from "@sigma/export-image";
import Sigma from "sigma";
import type { EdgeDisplayData, NodeDisplayData } from "sigma/types";
import type { Colours } from "./colours";
import type { EdgeData, Graph, NodeData } from "./data";

/** What is drawn how: the view keeps it, both renderers read it. */
export interface Look {
  colours: Colours;
  nodes: Set<string>;
  edges: Set<string>;
  selected: Set<string>;
  near: Set<string>; // the selected nodes and what they touch
  hovered: string | null;
}

export interface Renderer {
  refresh(): void;
  centre(): void;
  focus(node: string): void;
  at(node: string): { x: number; y: number };
  inside(polygon: [number, number][]): string[];
  png(): Promise<HTMLCanvasElement>;
  kill(): void;
}

export interface Events {
  click(node: string | null): void;
  hover(node: string | null): void;
}

export function hasWebGL(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

export function nodeColour(look: Look, node: string, data: NodeData): string {
  const { colours, selected, near } = look;
  if (selected.size && !near.has(node)) return colours.faint;
  if (data.channel) return colours.channel(data.channel);
  return selected.size ? colours.bright : colours.account;
}

export function edgeColour(look: Look, data: EdgeData, source: string, target: string): string | null {
  if (!look.selected.size) return look.colours.edge(data.channel, look.edges.size);
  return look.selected.has(source) || look.selected.has(target) ? look.colours.strong(data.channel) : null;
}

const MANY_NODES = 2000;

export function withSigma(graph: Graph, place: HTMLElement, look: Look, events: Events): Renderer {
  const taken: Box[] = []; // where labels of this frame stand; the strongest hubs come first
  const sigma = new Sigma<NodeData, EdgeData>(graph, place, {
    allowInvalidContainer: true,
    defaultEdgeColor: look.colours.line,
    hideEdgesOnMove: graph.order > MANY_NODES,
    labelFont: "Inter, sans-serif",
    labelSize: 11,
    labelDensity: 0.5,
    labelGridCellSize: 120,
    labelRenderedSizeThreshold: 7,
    minEdgeThickness: 1.5,
    stagePadding: 32,
    zIndex: true,
    maxCameraRatio: 4,
    minCameraRatio: 0.02,
    nodeReducer: (node, data) => reduceNode(look, node, data),
    edgeReducer: (edge, data) => reduceEdge(look, graph, edge, data),
    defaultDrawNodeLabel: (context, data) => drawLabel(context, data, look.colours, taken),
    defaultDrawNodeHover: (context, data) => drawHover(context, data, look.colours),
  });
  sigma.on("beforeRender", () => void (taken.length = 0));
  sigma.on("clickNode", ({ node }) => events.click(node));
  sigma.on("clickStage", () => events.click(null));
  sigma.on("enterNode", ({ node }) => events.hover(node));
  sigma.on("leaveNode", () => events.hover(null));
  const observer = new ResizeObserver(() => place.clientWidth && sigma.resize().refresh({ skipIndexation: true }));
  observer.observe(place);
  return {
    refresh: () => void sigma.refresh({ skipIndexation: true }),
    centre: () => void sigma.getCamera().animatedReset({ duration: still() ? 0 : 250 }),
    focus: (node) => focusOn(sigma, node),
    at: (node) => sigma.graphToViewport(graph.getNodeAttributes(node)),
    inside: (polygon) =>
      [...look.nodes].filter((node) => {
        const { x, y } = sigma.graphToViewport(graph.getNodeAttributes(node));
        return within([x, y], polygon);
      }),
    png: () => drawOnCanvas(sigma as unknown as Sigma, { backgroundColor: look.colours.card }),
    kill: () => {
      observer.disconnect();
      sigma.kill();
    },
  };
}

function focusOn(sigma: Sigma<NodeData, EdgeData>, node: string): void {
  const at = sigma.getNodeDisplayData(node);
  if (at) void sigma.getCamera().animate({ x: at.x, y: at.y }, { duration: still() ? 0 : 250 });
}

export function still(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function reduceNode(look: Look, node: string, data: NodeData): Partial<NodeDisplayData> {
  if (!look.nodes.has(node)) return { ...data, hidden: true };
  const chosen = look.selected.has(node);
  const dimmed = look.selected.size > 0 && !look.near.has(node);
  const label = dimmed || (!data.channel && !chosen) ? (look.hovered === node ? data.label : "") : data.label;
  return {
    ...data,
    label,
    forceLabel: (data.forceLabel && !look.selected.size) || (chosen && look.selected.size < 20),
    color: nodeColour(look, node, data),
    size: chosen ? data.size * 1.25 : data.size,
    highlighted: chosen && look.selected.size < 20,
    zIndex: chosen ? 3 : data.channel ? 2 : 1,
  };
}

function reduceEdge(look: Look, graph: Graph, edge: string, data: EdgeData): Partial<EdgeDisplayData> {
  const colour = look.edges.has(edge) ? edgeColour(look, data, graph.source(edge), graph.target(edge)) : null;
  return colour ? { ...data, color: colour, zIndex: look.selected.size ? 1 : 0 } : { ...data, hidden: true };
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

type Label = Pick<NodeDisplayData, "x" | "y" | "size" | "label" | "color">;

/** A name beside its node, on a halo of the background; left out where another name stands already. */
function drawLabel(context: CanvasRenderingContext2D, data: Label, colours: Colours, taken: Box[]): void {
  if (!data.label) return;
  context.font = "500 11px Inter, sans-serif";
  const width = context.measureText(data.label).width;
  const right = data.x + data.size + 5; // to the left of the node where it would be cut
  const [x, y] = [right + width > context.canvas.clientWidth ? data.x - data.size - 5 - width : right, data.y + 4];
  const box = { left: x, right: x + width, top: y - 11, bottom: y + 3 };
  if (taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)) return;
  taken.push(box);
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = colours.card;
  context.fillStyle = colours.text;
  context.strokeText(data.label, x, y);
  context.fillText(data.label, x, y);
}

/** A ring around the node, and its name on a small plate. */
function drawHover(context: CanvasRenderingContext2D, data: Label, colours: Colours): void {
  ring(context, data, data.size + 3, colours.text, 1.5);
  ring(context, data, data.size, colours.card, 2);
  if (!data.label) return;
  context.font = "600 12px Inter, sans-serif";
  const width = context.measureText(data.label).width + 18;
  const [x, y] = [data.x + data.size + 8, data.y - 13];
  context.beginPath();
  context.roundRect(x, y, width, 26, 6);
  context.fillStyle = colours.raised;
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.fill();
  context.stroke();
  context.fillStyle = colours.text;
  context.fillText(data.label, x + 9, y + 17);
}

function ring(context: CanvasRenderingContext2D, data: Label, radius: number, colour: string, width: number): void {
  context.beginPath();
  context.arc(data.x, data.y, radius, 0, 2 * Math.PI);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

/** Is a point inside a polygon? Even-odd rule. */
export function within([x, y]: [number, number], polygon: [number, number][]): boolean {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
