import { subDays } from 'date-fns';
import { dayOf } from '../../format/days';

const DAYS = 30;

/** The day that it is in a zone, and the one thirty days before it: `2026-01-31`. */
export function lastThirtyDays(now: Date, zone: string): { from: string; to: string } {
  return { from: dayOf(subDays(now, DAYS).getTime(), zone), to: dayOf(now.getTime(), zone) };
}
