import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditVerification } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { Dialog } from '../../shared/Dialog';
import { FactRow, FactTable } from '../../shared/FactTable';
import { useAction } from '../../shared/useAction';

/** Looks whether every entry is as it was written. */
export function VerifyAuditLog() {
  const { t } = useTranslation();
  const [result, setResult] = useState<AuditVerification | null>(null);
  const verify = useAction({
    run: () => geniacsService.verifyAuditLog(),
    after: ({ data }) => setResult(data.verification),
  });

  return (
    <>
      <Button variant="default" onClick={() => verify.start(undefined)} loading={verify.isPending}>
        {t('auditLog.verify')}
      </Button>
      <Dialog
        opened={result !== null}
        onClose={() => setResult(null)}
        title={t('auditLog.verified')}
      >
        {result ? <Result result={result} /> : null}
      </Dialog>
    </>
  );
}

function Result({ result }: { result: AuditVerification }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { intact, problem } = result;

  return (
    <Stack>
      <Alert
        color={intact ? 'green' : 'red'}
        variant="light"
        icon={intact ? <IconCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
        title={t(intact ? 'auditLog.intact' : 'auditLog.broken')}
      >
        {problem ? <Text size="sm">{problem.message}</Text> : null}
      </Alert>
      <FactTable>
        <FactRow name={t('auditLog.checked')}>{format.number(result.checked)}</FactRow>
        <FactRow name={t('auditLog.unchained')}>{format.number(result.unchained)}</FactRow>
        <FactRow name={t('auditLog.removedUpto')}>{format.number(result.removed_upto)}</FactRow>
        <FactRow name={t('auditLog.newest')}>
          <Code>{result.newest}</Code>
        </FactRow>
      </FactTable>
      <Text size="sm" c="dimmed">
        {t('auditLog.newestHint')}
      </Text>
    </Stack>
  );
}
