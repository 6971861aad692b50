const DAY_MS = 86_400_000;

/** How far a zone's clock is ahead of UTC at a moment. */
function offsetMs(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  );
  return shown - Math.floor(moment / 1000) * 1000;
}

/** The moment at which a day (`2026-01-31`) begins in a zone. */
function beginOf(midnight: number, zone: string): number {
  const guess = midnight - offsetMs(midnight, zone);
  // Where the clock was changed in between, the offset at the guess is the right one.
  return midnight - offsetMs(guess, zone);
}

/** The first and the last moment of a day in a zone; undefined where it is no day. */
export function boundsOfDay(day: string, zone: string): { from: string; to: string } | undefined {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight)) return undefined;
  return {
    from: new Date(beginOf(midnight, zone)).toISOString(),
    to: new Date(beginOf(midnight + DAY_MS, zone) - 1).toISOString(),
  };
}

/** The day that it is at a moment in a zone: `2026-01-31`. */
export function dayOf(moment: number, zone: string): string {
  return new Date(moment + offsetMs(moment, zone)).toISOString().slice(0, 10);
}
