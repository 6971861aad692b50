import cronstrue from 'cronstrue';
import 'cronstrue/locales/id';
import { useTranslation } from 'react-i18next';

/** A cron expression as a sentence; the expression itself where it cannot be read. */
export function useCronWords(): (expression: string) => string {
  const { i18n } = useTranslation();
  return (expression) => {
    try {
      return cronstrue.toString(expression, { locale: i18n.language, use24HourTimeFormat: true });
    } catch {
      return expression;
    }
  };
}
