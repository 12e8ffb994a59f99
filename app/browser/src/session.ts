// What the server refuses: a session that ended leads to the log-in page and back here; what a role does not allow is said.
import { say } from "./dash";

/** Watches every answer that Dash and our own code get. */
export function watch(): void {
  const ask = window.fetch.bind(window);
  window.fetch = async (...request: Parameters<typeof fetch>) => {
    const answer = await ask(...request);
    if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    if (answer.status === 403) void answer.clone().text().then(say);
    return answer;
  };
}
