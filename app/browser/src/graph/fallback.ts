// Where WebGL is missing: the same graph on a plain canvas, without zoom, for at most FALLBACK_NODES nodes.
import type { Events, Look, Renderer } from "./draw";
import { edgeColour, nodeColour, within } from "./draw";
import type { Graph } from "./data";

export const FALLBACK_NODES = 2000;
const PADDING = 44;

export function withCanvas(graph: Graph, place: HTMLElement, look: Look, events: Events): Renderer {
  const canvas = document.createElement("canvas");
  place.replaceChildren(canvas);
  let points = new Map<string, [number, number]>();

  function draw(): void {
    const scale = devicePixelRatio || 1;
    const [width, height] = [place.clientWidth, place.clientHeight];
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.cssText = `width:${width}px;height:${height}px`;
    const context = canvas.getContext("2d")!;
    context.scale(scale, scale);
    points = fit(graph, [...look.nodes].slice(0, FALLBACK_NODES), width, height);
    drawEdges(context);
    for (const [node, [x, y]] of points) {
      const data = graph.getNodeAttributes(node);
      context.fillStyle = nodeColour(look, node, data);
      context.beginPath();
      context.arc(x, y, data.size, 0, 2 * Math.PI);
      context.fill();
      if (look.hovered === node || look.selected.has(node) || (data.forceLabel && !look.selected.size)) {
        context.fillStyle = look.colours.text;
        context.font = "500 11px Inter, sans-serif";
        context.fillText(data.label, x + data.size + 5, y + 4);
      }
    }
  }

  function drawEdges(context: CanvasRenderingContext2D): void {
    for (const edge of look.edges) {
      const [from, to] = [points.get(graph.source(edge)), points.get(graph.target(edge))];
      const colour = edgeColour(look, graph.getEdgeAttributes(edge), graph.source(edge), graph.target(edge));
      if (!from || !to || !colour) continue;
      context.strokeStyle = colour;
      context.lineWidth = 0.7;
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
    }
  }

  function nearest(event: MouseEvent): string | null {
    let best: string | null = null;
    let distance = 12;
    for (const [node, [x, y]] of points) {
      const far = Math.hypot(x - event.offsetX, y - event.offsetY);
      if (far < distance) [best, distance] = [node, far];
    }
    return best;
  }

  canvas.addEventListener("click", (event) => events.click(nearest(event)));
  canvas.addEventListener("mousemove", (event) => {
    const node = nearest(event);
    if (node !== look.hovered) events.hover(node);
  });
  const observer = new ResizeObserver(draw);
  observer.observe(place);
  return {
    refresh: draw,
    centre: draw,
    focus: draw,
    at: (node) => ({ x: points.get(node)?.[0] ?? 0, y: points.get(node)?.[1] ?? 0 }),
    inside: (polygon) => [...points].filter(([, point]) => within(point, polygon)).map(([node]) => node),
    png: async () => canvas,
    kill: () => {
      observer.disconnect();
      canvas.remove();
    },
  };
}

/** Screen positions of nodes, the layout scaled evenly into the canvas (y upwards, as in WebGL). */
function fit(graph: Graph, nodes: string[], width: number, height: number): Map<string, [number, number]> {
  const box = { left: Infinity, right: -Infinity, top: -Infinity, bottom: Infinity };
  graph.forEachNode((_, { x, y }) => {
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.bottom = Math.min(box.bottom, y);
    box.top = Math.max(box.top, y);
  });
  const across = Math.max(1e-9, box.right - box.left);
  const up = Math.max(1e-9, box.top - box.bottom);
  const scale = Math.min((width - 2 * PADDING) / across, (height - 2 * PADDING) / up);
  const [middleX, middleY] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return new Map(
    nodes.map((node) => {
      const { x, y } = graph.getNodeAttributes(node);
      return [node, [width / 2 + (x - middleX) * scale, height / 2 - (y - middleY) * scale]];
    }),
  );
}
