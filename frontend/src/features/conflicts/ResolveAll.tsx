import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConflictListFilter, ConflictResolution } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { BulkButton } from '../../shared/bulk/BulkButton';
import { useEntityTitle } from '../../shared/names';
import { Value } from '../../shared/Value';

type Props = {
  words: string;
  filter: ConflictListFilter;
  /** What was chosen for each field; else one side is chosen for all. */
  decision?: ConflictResolution;
  isOffered?: boolean;
  children?: ReactNode;
};

/** One decision for all open conflicts that a filter finds, frozen on the server. */
export function ResolveAll({ words, filter, decision, isOffered, children }: Props) {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const decide = (chosen: ConflictResolution) => async (confirm_count: number) =>
    (await geniacsService.resolveConflicts({ filter, confirm_count, ...chosen })).data.operation;
  const sides = (['local', 'geniacs'] as const).map((resolution) => ({
    words: t(resolution === 'local' ? 'conflicts.localAll' : 'conflicts.geniacsAll'),
    start: decide({ resolution }),
  }));

  return (
    <BulkButton
      words={words}
      isOffered={isOffered}
      queryKey={['conflicts', filter]}
      count={async () => (await geniacsService.countConflicts({ ...filter, state: 'open' })).data}
      show={({ entity_type, local_id, fields }) => (
        <>
          {entityTitle(entity_type)} {local_id}
          {fields.map(({ field, local, geniacs }) => (
            <div key={field}>
              {field}: <Value value={local} /> / <Value value={geniacs} />
            </div>
          ))}
        </>
      )}
      actions={decision ? [{ words: t('conflicts.keepChosen'), start: decide(decision) }] : sides}
      changes={[['conflicts'], ['conflict']]}
    >
      {children}
    </BulkButton>
  );
}
