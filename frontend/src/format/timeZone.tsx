import { createContext, type ReactNode, use, useMemo, useState } from 'react';
import { stored } from '../shared/stored';

export const timeZoneChoices = ['viewer', 'utc'] as const;
export type TimeZoneChoice = (typeof timeZoneChoices)[number];

const KEY = 'geniacs.time-zone';

type TimeZoneState = {
  choice: TimeZoneChoice;
  /** An IANA name. */
  zone: string;
  choose: (choice: TimeZoneChoice) => void;
};

const TimeZone = createContext<TimeZoneState | null>(null);

/** The zone in which all times are shown. */
export function TimeZoneProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<TimeZoneChoice>(() =>
    stored.read(KEY) === 'utc' ? 'utc' : 'viewer',
  );
  const value = useMemo(
    () => ({
      choice,
      zone: zoneOf(choice),
      choose: (next: TimeZoneChoice) => {
        stored.write(KEY, next);
        setChoice(next);
      },
    }),
    [choice],
  );

  return <TimeZone value={value}>{children}</TimeZone>;
}

export function useTimeZone(): TimeZoneState {
  return use(TimeZone) ?? { choice: 'viewer', zone: zoneOf('viewer'), choose: () => {} };
}

function zoneOf(choice: TimeZoneChoice): string {
  return choice === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}
