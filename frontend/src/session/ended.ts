import { useSyncExternalStore } from 'react';

let ended = false;
const listeners = new Set<() => void>();

function set(value: boolean) {
  if (ended === value) return;
  ended = value;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Whether the gateway has refused a call for want of a session. Any call may find that out. */
export const sessionEnd = {
  note: () => set(true),
  forget: () => set(false),
};

export function useSessionEnded(): boolean {
  return useSyncExternalStore(subscribe, () => ended);
}
