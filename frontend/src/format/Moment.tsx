import { useTranslation } from 'react-i18next';
import { Ago } from './Ago';
import { useFormat } from './useFormat';

/** A moment in the viewer's zone, which is named; UTC when one points at it. */
export function Moment({ at, withAgo }: { at: string | null | undefined; withAgo?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();

  if (!at || Number.isNaN(Date.parse(at))) return <>{t('common.never')}</>;
  return (
    <span style={{ display: 'inline-block' }}>
      <time dateTime={at} title={new Date(at).toISOString()}>
        {format.time(at)}
      </time>
      {withAgo ? <Ago at={at} /> : null}
    </span>
  );
}
