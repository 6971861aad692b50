import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useTimeZone } from './timeZone';

/** Numbers, shares and times as the viewer's language and zone write them. */
export function useFormat() {
  const { i18n } = useTranslation();
  const { zone } = useTimeZone();
  const language = i18n.language;

  return useMemo(() => {
    const numbers = new Intl.NumberFormat(language);
    const shares = new Intl.NumberFormat(language, {
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    });
    const seconds = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    const times = new Intl.DateTimeFormat(language, {
      dateStyle: 'medium',
      timeStyle: 'long',
      timeZone: zone,
    });

    // A day of a calendar is the same in every zone.
    const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
    const shortDays = new Intl.DateTimeFormat(language, {
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
    });

    return {
      /** A day such as `2026-01-31`. */
      day: (day: string) => days.format(new Date(`${day}T00:00:00Z`)),
      shortDay: (day: string) => shortDays.format(new Date(`${day}T00:00:00Z`)),
      number: (value: number | null | undefined) => (value == null ? '–' : numbers.format(value)),
      /** A share that the API tells in percent. */
      percent: (value: number | null | undefined) =>
        value == null ? '–' : `${shares.format(value)}%`,
      seconds: (value: number | null | undefined) => (value == null ? '–' : seconds.format(value)),
      /** An amount of money, as its currency is written. Amounts of more digits than a number keeps stay text. */
      money: (amount: string, currency: string) => money(language, amount, currency),
      /** How long ago, or in how long, in the largest unit that says enough. */
      relative: (moment: string | number | Date, now: number) => {
        const seconds = Math.round((new Date(moment).getTime() - now) / 1000);
        const [unit, size] = unitOf(Math.abs(seconds));
        return relative.format(Math.trunc(seconds / size), unit);
      },
      /** A moment, with its zone. */
      time: (moment: string | number | Date) => times.format(new Date(moment)),
    };
  }, [language, zone]);
}

const UNITS = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3_600],
  ['day', 86_400],
  ['month', 2_629_800],
  ['year', 31_557_600],
] as const;

function unitOf(seconds: number): (typeof UNITS)[number] {
  return UNITS.findLast(([, size]) => seconds >= size) ?? UNITS[0];
}

function money(language: string, amount: string, currency: string): string {
  try {
    // A text keeps all its digits.
    return new Intl.NumberFormat(language, { style: 'currency', currency }).format(
      amount as unknown as number,
    );
  } catch {
    return `${currency} ${amount}`;
  }
}
