import { Button, type ButtonProps, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './Dialog';

type Question = {
  title: string;
  children?: ReactNode;
  /** Has to be typed before anything is done. */
  typed?: string | undefined;
  onConfirm: () => void;
};

type Props = Question & {
  /** The words of the button that asks. */
  words: string;
  /** The words of the button that does it, where they are others. */
  confirm?: string;
  button?: ButtonProps;
};

/** A button for what cannot be taken back: it asks first. */
export function ConfirmButton({ words, confirm = words, button, ...question }: Props) {
  const [opened, { open, close }] = useDisclosure();

  return (
    <>
      <Button variant="default" {...button} onClick={open}>
        {words}
      </Button>
      <ConfirmDialog opened={opened} onClose={close} confirm={confirm} {...question} />
    </>
  );
}

type DialogProps = Question & { opened: boolean; onClose: () => void; confirm: string };

export function ConfirmDialog(props: DialogProps) {
  const { opened, onClose, confirm: words, title, children, typed, onConfirm } = props;
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const isReady = typed === undefined || text === typed;

  const confirm = () => {
    if (!isReady) return;
    onClose();
    setText('');
    onConfirm();
  };

  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          confirm();
        }}
      >
        <Stack>
          {typeof children === 'string' ? <Text size="sm">{children}</Text> : children}
          {typed === undefined ? null : (
            <TextInput
              label={t('shared.typeToConfirm', { word: typed })}
              value={text}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
              data-autofocus
              autoComplete="off"
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" color="red" disabled={!isReady}>
              {words}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
