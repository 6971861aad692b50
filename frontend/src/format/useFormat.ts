import { useTranslation } from 'react-i18next';
import { useTimeZone } from './timeZone';

type Format = ReturnType<typeof newFormat>;

/** One for each language and zone: what `Intl` makes is large, and a long list shows hundreds of moments. */
const formats = new Map<string, Format>();

/** Numbers, shares and times as the viewer's language and zone write them. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  const { zone } = useTimeZone();
  const key = `${i18n.language} ${zone}`;

  const known = formats.get(key);
  if (known) return known;
  const format = newFormat(i18n.language, zone);
  formats.set(key, format);
  return format;
}

function newFormat(language: string, zone: string) {
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
  const money = newMoney(language);

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
    money,
    /** How long ago, or in how long, in the largest unit that says enough. */
    relative: (moment: string | number | Date, now: number) => {
      const seconds = Math.round((new Date(moment).getTime() - now) / 1000);
      const [unit, size] = unitOf(Math.abs(seconds));
      return relative.format(Math.trunc(seconds / size), unit);
    },
    /** A moment, with its zone. */
    time: (moment: string | number | Date) => times.format(new Date(moment)),
  };
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

function newMoney(language: string) {
  const currencies = new Map<string, Intl.NumberFormat>();

  return (amount: string, currency: string): string => {
    try {
      const format =
        currencies.get(currency) ??
        new Intl.NumberFormat(language, { style: 'currency', currency });
      currencies.set(currency, format);
      // A text keeps all its digits.
      return format.format(amount as unknown as number);
    } catch {
      return `${currency} ${amount}`;
    }
  };
}
