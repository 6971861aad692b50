import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { SyncRetryRequest } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useAction } from '../../shared/useAction';

/** Sends failed records again: all, those of one cause, or those that were chosen. */
export function useRetry(syncId: number) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return useAction({
    run: (which: SyncRetryRequest) => geniacsService.retrySync(syncId, which),
    done: ({ data }) => t('syncs.retried', { id: data.sync.id }),
    changes: [['syncs']],
    after: ({ data }) => navigate(`/syncs/${data.sync.id}`),
  });
}
