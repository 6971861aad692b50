import { createContext, use } from 'react';
import type { Caller, Role } from '../api/generated';

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Who is signed in; none where a page stands alone, outside the dashboard. */
export const Session = createContext<Caller | null>(null);

/**
 * Whether an action is offered. The gateway decides whether it is allowed: a page that does not know its caller offers
 * everything.
 */
export function useMay(role: Role): boolean {
  const caller = use(Session);
  return caller === null || RANK[caller.role] >= RANK[role];
}
