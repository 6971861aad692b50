import { createContext, type ReactNode, use } from 'react';
import { createPortal } from 'react-dom';

/** A place in the page's head; null where there is none. */
export const ToolsSlot = createContext<HTMLElement | null>(null);

type Props = { children: ReactNode; isOwnRow: boolean };

/** What can be done with a list: in the page's head, unless the list has a heading of its own. */
export function ListTools({ children, isOwnRow }: Props) {
  const slot = use(ToolsSlot);
  return slot === null || isOwnRow ? children : createPortal(children, slot);
}
