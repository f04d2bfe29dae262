/** The panel for a new ticket opens from anywhere: the sidebar, a key, the palette, an empty page. */
let open = false;
const listeners = new Set<() => void>();

function set(next: boolean): void {
  open = next;
  listeners.forEach((l) => l());
}

export function openCreateTicket(): void {
  set(true);
}

export function closeCreateTicket(): void {
  set(false);
}

export function watchCreate(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function isCreateOpen(): boolean {
  return open;
}
