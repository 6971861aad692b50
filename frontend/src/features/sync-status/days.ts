import { formatISO, subDays } from 'date-fns';

const DAYS = 30;

/** The day that it is for the viewer, and the one thirty days before it: `2026-01-31`. */
export function lastThirtyDays(now: Date): { from: string; to: string } {
  const day = (moment: Date) => formatISO(moment, { representation: 'date' });
  return { from: day(subDays(now, DAYS)), to: day(now) };
}
