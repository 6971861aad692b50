import { useFormat } from '../../format/useFormat';
import { Value } from '../../shared/Value';

const MONEY = /(^|_)(amount|price|balance)$/;
const USUAL_CURRENCY = 'IDR';

type Props = { field: string; record: Record<string, unknown> };

/** A value of a record here; amounts of money in their currency. */
export function RecordValue({ field, record }: Props) {
  const format = useFormat();
  const value = record[field];
  const isAmount = typeof value === 'number' || typeof value === 'string';
  if (!MONEY.test(field) || !isAmount || value === '') return <Value value={value} />;

  const currency = typeof record['currency'] === 'string' ? record['currency'] : USUAL_CURRENCY;
  return <span title={String(value)}>{format.money(String(value), currency)}</span>;
}
