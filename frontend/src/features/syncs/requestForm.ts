import { useTranslation } from 'react-i18next';
import type { SyncDirection, SyncFilters, SyncOptions } from '../../api/generated';
import { boundsOfDay, dayOf } from '../../format/days';
import type { FieldSpec } from '../../shared/form/Fields';

/** The filters and options of a sync, as they are typed. */
export type RequestForm = {
  updated_since: string;
  status: string;
  ids: string;
  limit: string;
  create_missing: boolean;
  update_existing: boolean;
  delete_missing: boolean;
  dry_run: boolean;
  confirm_deletes: boolean;
  confirm_changes: boolean;
};

const usualOptions: SyncOptions = {
  create_missing: true,
  update_existing: true,
  delete_missing: false,
  dry_run: false,
  confirm_deletes: false,
  if_running: 'queue',
};

export function requestFormOf(
  filters: SyncFilters | undefined,
  options: Partial<SyncOptions> | undefined,
  zone: string,
): RequestForm {
  const { if_running: _, ...usual } = usualOptions;

  return {
    updated_since: sinceOf(filters, zone),
    status: statusOf(filters),
    ids: filters?.ids?.join(', ') ?? '',
    limit: String(filters?.limit ?? ''),
    ...usual,
    confirm_changes: false,
    ...withoutRunning(options),
  };
}

function withoutRunning(options: Partial<SyncOptions> = {}): Partial<SyncOptions> {
  const { if_running: _, ...others } = options;
  return others;
}

/** The gateway takes the status of each kind of record by a name of its own, too. */
function statusOf(filters: SyncFilters = {}): string {
  const { status, customer_status, subscription_status, invoice_status } = filters;
  const { payment_status, nas_server_status } = filters;
  const given = [status, customer_status, subscription_status, invoice_status];
  return [...given, payment_status, nas_server_status].find(Boolean) ?? '';
}

function sinceOf(filters: SyncFilters | undefined, zone: string): string {
  const since = filters?.updated_since;
  return since ? dayOf(Date.parse(since), zone) : '';
}

/** The filters that are asked for; what was left empty is not sent. */
export function filtersOfForm(
  form: RequestForm,
  direction: SyncDirection,
  zone: string,
  before?: SyncFilters,
): SyncFilters {
  const ids = form.ids.split(/[\s,;]+/).filter((id) => id !== '');
  // A moment in the middle of a day stays what it was while its day is left as it is.
  const since =
    form.updated_since === sinceOf(before, zone)
      ? before?.updated_since
      : boundsOfDay(form.updated_since, zone)?.from;

  return {
    ...(since ? { updated_since: since } : {}),
    ...(form.status ? { status: form.status } : {}),
    ...(ids.length > 0 ? { ids: direction === 'from_geniacs' ? ids : ids.map(Number) } : {}),
    ...(form.limit ? { limit: Number(form.limit) } : {}),
  };
}

export function optionsOfForm(form: RequestForm, before?: SyncOptions): SyncOptions {
  return {
    ...(before ?? usualOptions),
    create_missing: form.create_missing,
    update_existing: form.update_existing,
    delete_missing: form.delete_missing,
    dry_run: form.dry_run,
    confirm_deletes: form.confirm_deletes,
    ...(form.confirm_changes || before?.confirm_changes
      ? { confirm_changes: form.confirm_changes }
      : {}),
  };
}

/** Whether a sync with these options does what every sync does unless it is told otherwise. */
export function areUsual(options: SyncOptions): boolean {
  return Object.entries(options).every(
    ([name, value]) => value === (usualOptions[name as keyof SyncOptions] ?? false),
  );
}

export function useFilterFields<Form extends RequestForm>(): FieldSpec<Form>[] {
  const { t } = useTranslation();

  return [
    { name: 'updated_since', words: t('syncs.trigger.since'), kind: 'date' },
    { name: 'status', words: t('syncs.trigger.state') },
    { name: 'ids', words: t('syncs.trigger.ids'), hint: t('syncs.trigger.idsHint') },
    { name: 'limit', words: t('syncs.trigger.limit'), kind: 'number', least: 1 },
  ] as FieldSpec<Form>[];
}

export function useOptionFields<Form extends RequestForm>(): FieldSpec<Form>[] {
  const { t } = useTranslation();
  const words = {
    create_missing: t('syncs.trigger.createMissing'),
    update_existing: t('syncs.trigger.updateExisting'),
    delete_missing: t('syncs.trigger.deleteMissing'),
    confirm_deletes: t('syncs.trigger.confirmDeletes'),
    confirm_changes: t('syncs.trigger.confirmChanges'),
  };

  return Object.entries(words).map(([name, text]) => ({
    name,
    words: text,
    kind: 'checkbox',
  })) as FieldSpec<Form>[];
}
