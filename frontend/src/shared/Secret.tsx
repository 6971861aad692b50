import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './Dialog';

type Props = {
  title: string;
  secret: string;
  hint: string;
  done: string;
  onClose: () => void;
  /** In place of the secret alone: what is to be done with it. */
  children?: ReactNode;
};

/** Something that is shown this once: a click beside it does not close it. */
export function SecretDialog({ title, secret, hint, done, onClose, children }: Props) {
  return (
    <Dialog
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      title={title}
    >
      <Stack>
        {children ?? <CopyText text={secret} />}
        <Text size="sm">{hint}</Text>
        <Group justify="flex-end">
          <Button onClick={onClose}>{done}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** A text that one takes elsewhere. */
export function CopyText({ text }: { text: string }) {
  const { t } = useTranslation();

  return (
    <Group wrap="nowrap" align="flex-start">
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap', flex: 1 }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} style={{ flex: 'none' }}>
            {t(copied ? 'common.copied' : 'common.copy')}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
