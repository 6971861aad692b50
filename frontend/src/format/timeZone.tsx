import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useMemo, useState, useSyncExternalStore } from 'react';
import type { Integration } from '../api/generated';
import { stored } from '../shared/stored';

export const timeZoneChoices = ['viewer', 'provider', 'utc'] as const;
export type TimeZoneChoice = (typeof timeZoneChoices)[number];

const KEY = 'geniacs.time-zone';
/** What integrations have that name no zone. */
const USUAL_PROVIDER_ZONE = 'Asia/Jakarta';

type TimeZoneState = {
  choice: TimeZoneChoice;
  /** An IANA name. */
  zone: string;
  choose: (choice: TimeZoneChoice) => void;
};

const TimeZone = createContext<TimeZoneState | null>(null);

/** The zone in which all times are shown. */
export function TimeZoneProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<TimeZoneChoice>(
    () => timeZoneChoices.find((known) => known === stored.read(KEY)) ?? 'viewer',
  );
  const provider = useProviderZone();
  const value = useMemo(
    () => ({
      choice,
      zone: zoneOf(choice, provider),
      choose: (next: TimeZoneChoice) => {
        stored.write(KEY, next);
        setChoice(next);
      },
    }),
    [choice, provider],
  );

  return <TimeZone value={value}>{children}</TimeZone>;
}

export function useTimeZone(): TimeZoneState {
  return (
    use(TimeZone) ?? {
      choice: 'viewer',
      zone: zoneOf('viewer', USUAL_PROVIDER_ZONE),
      choose: () => {},
    }
  );
}

function zoneOf(choice: TimeZoneChoice, provider: string): string {
  if (choice === 'utc') return 'UTC';
  return choice === 'provider' ? provider : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

type Answer = { data?: { integrations?: Integration[] } };

/** The zone of the first integration, once the list of them is there; it is not asked for here. */
function useProviderZone(): string {
  const queries = useQueryClient();
  return useSyncExternalStore(
    (listener) => queries.getQueryCache().subscribe(listener),
    () => {
      const answer = queries.getQueryData<Answer>(['geniacs-integrations']);
      const zone = answer?.data?.integrations?.[0]?.configuration?.default_time_zone;
      return zone || USUAL_PROVIDER_ZONE;
    },
  );
}
