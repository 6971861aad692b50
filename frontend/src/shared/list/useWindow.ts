import { boundsOfDay } from '../../format/days';
import { useTimeZone } from '../../format/timeZone';
import { useUrlParameters } from '../useUrlParameter';

/** The days that the filters `from` and `to` name, as moments of the zone in which times are shown. */
export function useWindow(): { from?: string; to?: string } {
  const { zone } = useTimeZone();
  const parameters = useUrlParameters();
  const from = boundsOfDay(parameters.get('from') ?? '', zone)?.from;
  const to = boundsOfDay(parameters.get('to') ?? '', zone)?.to;
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}
