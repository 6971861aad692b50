import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConflictListFilter } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { BulkButton } from '../../shared/bulk/BulkButton';
import { useEntityTitle } from '../../shared/names';
import { Value } from '../../shared/Value';

type Props = { words: string; filter: ConflictListFilter; children?: ReactNode };

/** One decision for all open conflicts that a filter finds, frozen on the server. */
export function ResolveAll({ words, filter, children }: Props) {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();

  return (
    <BulkButton
      words={words}
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
      actions={(['local', 'geniacs'] as const).map((resolution) => ({
        words: t(resolution === 'local' ? 'conflicts.localAll' : 'conflicts.geniacsAll'),
        start: async (confirm_count: number) =>
          (await geniacsService.resolveConflicts({ filter, resolution, confirm_count })).data
            .operation,
      }))}
      changes={[['conflicts'], ['conflict']]}
    >
      {children}
    </BulkButton>
  );
}
