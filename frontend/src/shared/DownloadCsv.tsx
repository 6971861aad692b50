import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../format/useFormat';
import { geniacsService } from '../services/geniacsService';
import { gather, saveFile } from './csv';
import { useAction } from './useAction';

type Props = {
  /** The list, and what it is filtered by. */
  url: string;
  query?: Record<string, unknown> | undefined;
  /** Without its ending. */
  fileName: string;
  /** It comes in one part. */
  isWhole?: boolean;
};

/** The whole list, as it is filtered, as a file. */
export function DownloadCsv({ url, query = {}, fileName, isWhole }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [rows, setRows] = useState(0);
  const download = useAction({
    run: () =>
      gather(
        (place) => geniacsService.getCsv(url, isWhole ? query : { ...query, ...place }),
        setRows,
      ),
    after: ({ text, rows: all, isCut }) => {
      saveFile(`${fileName}.csv`, text);
      setRows(0);
      if (!isCut) return;
      notifications.show({ message: t('shared.downloadCut', { number: format.number(all) }) });
    },
  });

  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      leftSection={<IconDownload size={14} aria-hidden />}
      onClick={() => download.start(undefined)}
      disabled={download.isPending}
    >
      {download.isPending && rows > 0
        ? t('shared.downloading', { number: format.number(rows) })
        : t('shared.download')}
    </Button>
  );
}
