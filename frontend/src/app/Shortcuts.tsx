import { ActionIcon, Group, Kbd, Stack, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconKeyboard } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../shared/Dialog';

/** What can be done by keyboard; `?` shows it. */
export function Shortcuts() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();
  useHotkeys([['shift+?', open]]);
  const rows = [
    { keys: ['Ctrl', 'K'], words: t('app.shortcuts.search') },
    { keys: ['?'], words: t('app.shortcuts.help') },
    { keys: ['Esc'], words: t('app.shortcuts.close') },
    { keys: ['j', 'k'], words: t('app.shortcuts.next') },
    { keys: ['1'], words: t('app.shortcuts.chooseLocal') },
    { keys: ['2'], words: t('app.shortcuts.chooseGeniacs') },
  ];

  return (
    <>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={t('app.shortcuts.title')}
        onClick={open}
        visibleFrom="md"
      >
        <IconKeyboard size={18} aria-hidden />
      </ActionIcon>
      <Dialog opened={opened} onClose={close} title={t('app.shortcuts.title')}>
        <Stack gap="xs">
          {rows.map(({ keys, words }) => (
            <Group key={words} justify="space-between" wrap="nowrap">
              <Text size="sm">{words}</Text>
              <Group gap={4} wrap="nowrap">
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </Group>
            </Group>
          ))}
        </Stack>
      </Dialog>
    </>
  );
}
