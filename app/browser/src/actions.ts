// What buttons do: theme, copy link, export. Found by id when clicked, so that pages may come and go.
import { go, say, setProps } from "./dash";
import { tools } from "./graph/view";
import { hideKeys, showKeys } from "./overlay";
import { act } from "./rows";
import { toggleChannel, write } from "./state";

const POLL_MS = 700;

function toggleTheme(): void {
  const theme = document.documentElement.dataset.theme === "light" ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
  setProps("theme", { data: theme });
}

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link to this view is copied.");
  } catch {
    say("The browser does not allow copying here; take the address from its address bar.");
  }
}

interface Job {
  state: "working" | "ready" | "failed";
  message: string;
}

/** Ask for the bundle, wait until the server has built it, then let the browser fetch the file. */
async function exportBundle(button: HTMLButtonElement): Promise<void> {
  const cluster = location.pathname.split("/").pop() ?? "";
  const redaction = (document.getElementById("redaction") as HTMLSelectElement | null)?.value ?? "pseudonymous";
  const query = `${cluster}.zip?redaction=${encodeURIComponent(redaction)}`;
  button.disabled = true;
  say("Preparing the evidence bundle …");
  try {
    let job: Job;
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      job = (await (await fetch(`/api/export/${query}`)).json()) as Job;
    } while (job.state === "working");
    if (job.state === "failed") return say(job.message);
    const link = document.createElement("a");
    link.href = `/export/${query}`;
    link.download = "";
    link.click();
    say("The evidence bundle is ready.");
  } catch {
    say("The server did not answer; the bundle was not made.");
  } finally {
    button.disabled = false;
  }
}

/** To the page of the two that are written, accounts or clusters; a field left empty keeps what it shows. */
export function ask(page: string): void {
  const [one, other] = ["one", "other"].map((end) => document.getElementById(`${page}-${end}`) as HTMLInputElement);
  const [first, second] = [one, other].map((field) => encodeURIComponent(field.value.trim() || field.placeholder));
  if (first && second) go(`/${page}/${first}/${second}`);
}

const buttons: Record<string, (button: HTMLButtonElement) => void | Promise<void>> = {
  "theme-toggle": toggleTheme,
  "copy-link": copyLink,
  "export-bundle": exportBundle,
  "keys-button": showKeys,
  "keys-close": hideKeys,
  "pair-ask": () => ask("pair"),
  "compare-ask": () => ask("compare"),
  "clear-days": () => write({ from: "", to: "" }),
  ...tools,
};

/** The queue's filter: in the URL, and in Dash's store for the callback. */
function showInQueue(which: string): void {
  history.replaceState(history.state, "", which === "all" ? "/queue?show=all" : "/queue");
  setProps("queue-show", { data: which });
}

export function onClick(event: MouseEvent): void {
  const target = event.target as HTMLElement;
  const button = target.closest<HTMLButtonElement>("button");
  if (button?.dataset.channelToggle) return toggleChannel(button.dataset.channelToggle);
  if (button?.dataset.show) return showInQueue(button.dataset.show);
  if (button && buttons[button.id]) return void buttons[button.id](button);
  if (act(target)) return;
  const link = target.closest<HTMLAnchorElement>("a[href^='/']");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.target || link.hasAttribute("download")) return;
  event.preventDefault();
  go(link.getAttribute("href")!);
}

/** What a list to choose from holds, into its store: callbacks cannot read a native list. */
export function onChange(event: Event): void {
  const list = event.target as HTMLSelectElement;
  if (list.dataset?.kept) setProps(list.dataset.kept, { data: list.value });
}
