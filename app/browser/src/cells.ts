// Cells of the tables. Everything is made by React.createElement: text from logs stays text.
const h = (type: string, props: Record<string, unknown> | null, ...children: unknown[]) => window.React.createElement(type, props, ...children);

interface Cell {
  value: any;
  data: any;
  colDef: { cellRendererParams?: any };
}

interface Bits {
  channel: string;
  word: string;
  bits: number;
  share: number;
}

const mark = (channel: string) => h("span", { className: `icon icon-${channel} channel-${channel}`, "aria-hidden": true, key: "icon" });

const WORDS: Record<string, string> = {
  payment: "Payment",
  ip: "IP",
  metadata: "Request metadata",
  registration: "Registration",
  prompt: "Prompt",
  timing: "Timing",
  object: "Shared object",
};

export const cells = {
  ClewLink: ({ value, data }: Cell) => (data.href ? h("a", { href: data.href, className: "cell-link" }, value) : value),

  ClewScore: ({ value, data }: Cell) =>
    h(
      "span",
      { className: `score-cell ${data.flagged ? "is-flagged" : ""}` },
      h("span", { className: "bar", "aria-hidden": true }, h("span", { style: { width: `${value}%` } })),
      h("b", null, value),
    ),

  ClewChannels: ({ value }: Cell) =>
    h(
      "span",
      { className: "channel-bits" },
      ...(value ?? []).map((part: Bits) =>
        h(
          "span",
          { key: part.channel, className: `channel-${part.channel}`, title: `${part.word}: ${part.bits} bits` },
          mark(part.channel),
          h("span", { className: "sr" }, `${part.word} `),
          h("span", { className: "bits" }, part.bits >= 1000 ? `${(part.bits / 1000).toFixed(1)}k` : part.bits.toFixed(0)),
        ),
      ),
    ),

  ClewFlag: ({ value }: Cell) => (value ? h("span", { className: "chip flagged" }, h("span", { className: "icon icon-alert" }), "Flagged") : null),

  ClewChange: ({ value }: Cell) => (value ? h("span", { className: "chip" }, value) : null),

  ClewWhy: ({ value, data }: Cell) =>
    value ? h("a", { href: data.why_href, className: "cell-link why", "aria-label": data.account_id ? `Why ${data.account_id} is linked` : `Compare with ${data.cluster_id}` }, value) : null,

  ClewCurrent: ({ value }: Cell) => (value ? h("span", { className: "chip" }, "shown") : null),

  ClewEntity: ({ value, data }: Cell) =>
    h(
      "span",
      { className: "entity-cell" },
      mark(data.channel),
      h("span", { className: "sr" }, `${WORDS[data.channel] ?? data.channel} `),
      h("a", { href: data.href, className: "cell-link", title: value }, value),
      String(value).startsWith(data.kind) ? null : h("span", { className: "kind" }, data.kind),
    ),

  ClewWeight: ({ value, data, colDef }: Cell) => {
    const most = colDef.cellRendererParams?.most ?? 20;
    return h(
      "span",
      { className: `weight-cell channel-${data.channel ?? colDef.cellRendererParams?.channel ?? "account"}` },
      h("span", { className: "bar", "aria-hidden": true }, h("span", { style: { width: `${Math.min(100, Math.max(4, (100 * value) / most))}%` } })),
      h("b", null, Number(value).toFixed(1)),
    );
  },

  ClewNames: ({ value, data }: Cell) =>
    h(
      "span",
      { className: "names-cell" },
      ...(value ?? []).flatMap((name: { account_id: string; href: string }, i: number) => [
        i ? ", " : "",
        h("a", { href: name.href, key: name.href, className: "cell-link" }, name.account_id),
      ]),
      data.others > (value ?? []).length ? ` and ${data.others - value.length} more` : "",
    ),
};

const blank = (value: unknown) => value === null || value === undefined;

export const functions = {
  clewCount: ({ value }: Cell) => (blank(value) ? "" : Number(value).toLocaleString("en")),
  clewBits: ({ value }: Cell) => (blank(value) || value === 0 ? "·" : Number(value).toFixed(1)),
  clewPercent: ({ value }: Cell) => (blank(value) ? "" : `${(100 * value).toFixed(value > 0.999 ? 2 : 1)}%`),
  clewSmall: ({ value }: Cell) => (blank(value) ? "" : value !== 0 && value < 0.01 ? Number(value).toExponential(0) : Number(value).toFixed(2)),
};
