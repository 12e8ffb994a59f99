// The list of shortcuts, a native dialog: the browser keeps the focus inside, and Escape closes it.
const list = () => document.getElementById("keys") as HTMLDialogElement | null;

export function showKeys(): void {
  const dialog = list();
  if (dialog && !dialog.open) dialog.showModal();
}

export function hideKeys(): void {
  list()?.close();
}

export function keysShown(): boolean {
  return !!list()?.open;
}
