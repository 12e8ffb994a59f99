// The filters of a cluster page. They stand in the URL, and in Dash's `view` store for the callbacks.
import { setProps } from "./dash";

export const CHANNELS = ["payment", "ip", "metadata", "registration", "prompt", "timing", "object"] as const;
const NAMES = ["channels", "from", "to", "select", "hide", "hubs"] as const;
const SERVER_NAMES = ["channels", "from", "to"] as const;

export type State = Partial<Record<(typeof NAMES)[number], string>>;

export function read(): State {
  const query = new URLSearchParams(location.search);
  const state: State = {};
  for (const name of NAMES) {
    const value = query.get(name);
    if (value) state[name] = value;
  }
  return state;
}

/** Change some filters: the URL at once, and the callbacks where the server must look again. */
export function write(change: State): void {
  const state = { ...read(), ...change };
  const query = new URLSearchParams();
  for (const name of NAMES) if (state[name]) query.set(name, state[name]!);
  const text = query.toString();
  history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : ""));
  if (SERVER_NAMES.some((name) => name in change)) {
    const data: State = {};
    for (const name of SERVER_NAMES) if (state[name]) data[name] = state[name];
    setProps("view", { data });
  }
}

/** Channels that count now. */
export function channelsOn(state: State): Set<string> {
  return new Set(state.channels ? state.channels.split(",") : CHANNELS);
}

export function toggleChannel(channel: string): void {
  const on = channelsOn(read());
  if (!on.delete(channel)) on.add(channel);
  const all = CHANNELS.every((name) => on.has(name));
  write({ channels: all ? "" : CHANNELS.filter((name) => on.has(name)).join(",") || "none" });
}
