import { Button, type ButtonProps, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

type Props = {
  /** The words of the button that asks, and of the one that does it. */
  words: string;
  /** The words of the button that does it, where they are others. */
  confirm?: string;
  title: string;
  children?: ReactNode;
  /** Has to be typed before anything is done. */
  typed?: string | undefined;
  onConfirm: () => void;
  button?: ButtonProps;
};

/** A button for what cannot be taken back: it asks first. */
export function ConfirmButton({
  words,
  confirm: confirmWords = words,
  title,
  children,
  typed,
  onConfirm,
  button,
}: Props) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();
  const [text, setText] = useState('');
  const isReady = typed === undefined || text === typed;

  const confirm = () => {
    if (!isReady) return;
    close();
    setText('');
    onConfirm();
  };

  return (
    <>
      <Button variant="default" {...button} onClick={open}>
        {words}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={title}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
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
              <Button variant="default" onClick={close}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" color="red" disabled={!isReady}>
                {confirmWords}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
