// Runs in <head>, before anything is drawn: the theme chosen last time, or the system's.
const KEY = "theme";

function stored(): string | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

const chosen = stored() ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
document.documentElement.dataset.theme = chosen === "light" ? "light" : "dark";
try {
  localStorage.setItem(KEY, JSON.stringify(document.documentElement.dataset.theme)); // Dash's store reads it for the figures
} catch {
  // Storage is forbidden: the page keeps this theme, the figures the dark one.
}
