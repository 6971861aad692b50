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
    const times = new Intl.DateTimeFormat(language, {
      dateStyle: 'medium',
      timeStyle: 'long',
      timeZone: zone,
    });

    return {
      number: (value: number | null | undefined) => (value == null ? '–' : numbers.format(value)),
      /** A share that the API tells in percent. */
      percent: (value: number | null | undefined) =>
        value == null ? '–' : `${shares.format(value)}%`,
      seconds: (value: number | null | undefined) => (value == null ? '–' : seconds.format(value)),
      /** A moment, with its zone. */
      time: (moment: string | number | Date) => times.format(new Date(moment)),
    };
  }, [language, zone]);
}
