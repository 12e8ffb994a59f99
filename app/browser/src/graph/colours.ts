// Colours come from the style sheet, so that both themes have one source. WebGL wants plain hex: transparency is blended beforehand.
export interface Colours {
  card: string;
  text: string;
  line: string;
  account: string;
  bright: string;
  faint: string;
  raised: string;
  channel(name: string): string;
  edge(name: string, of: number): string; // fainter the more there are
  strong(name: string): string;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  const [card, account, text] = [value("--card"), value("--account"), value("--text")];
  const cache = new Map<string, string>();
  const mixed = (name: string, share: number) => {
    const key = `${name}${share}`;
    if (!cache.has(key)) cache.set(key, blend(value(`--c-${name}`) || account, card, share));
    return cache.get(key)!;
  };
  return {
    card,
    text,
    line: value("--line"),
    account,
    bright: blend(text, account, 0.35),
    faint: blend(account, card, 0.22),
    raised: value("--raised"),
    channel: (name) => mixed(name, 1),
    edge: (name, of) => mixed(name, of > 4000 ? 0.2 : of > 1200 ? 0.28 : 0.42),
    strong: (name) => mixed(name, 0.85),
  };
}

/** `share` of one #RRGGBB colour over another. */
export function blend(over: string, under: string, share: number): string {
  const [a, b] = [parts(over), parts(under)];
  return `#${a.map((v, i) => Math.round(v * share + b[i] * (1 - share)).toString(16).padStart(2, "0")).join("")}`;
}

function parts(hex: string): number[] {
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}
