import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconSettings } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type TimeZoneChoice, timeZoneChoices, useTimeZone } from '../format/timeZone';
import { changeLanguage, type Language, languages } from '../i18n';
import { geniacsService } from '../services/geniacsService';
import { sessionEnd } from '../session/ended';

const themes = ['auto', 'light', 'dark'] as const;
const codes = Object.keys(languages) as Language[];

/** Language, theme, time zone, and the way out. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const zone = useTimeZone();
  const queries = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => geniacsService.logOut(),
    onSettled: () => {
      sessionEnd.forget();
      queries.clear();
      location.reload();
    },
  });

  return (
    <Menu position="bottom-end" width={240} closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t('app.preferences')}>
          <IconSettings size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>

      <Menu.Dropdown>
        <Choices
          title={t('app.language')}
          chosen={i18n.language}
          onChoose={(code) => void changeLanguage(code as Language)}
          choices={codes.map((code) => ({ value: code, words: languages[code], lang: code }))}
        />
        <Choices
          title={t('app.theme')}
          chosen={colorScheme}
          onChoose={(name) => setColorScheme(name as typeof colorScheme)}
          choices={themes.map((name) => ({ value: name, words: t(`app.themes.${name}`) }))}
        />
        <Choices
          title={t('app.timeZone')}
          chosen={zone.choice}
          onChoose={(name) => zone.choose(name as TimeZoneChoice)}
          choices={timeZoneChoices.map((name) => ({
            value: name,
            words: t(`app.timeZones.${name}`),
          }))}
        />

        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()} disabled={signOut.isPending}>
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

type ChoicesProps = {
  title: string;
  chosen: string;
  onChoose: (value: string) => void;
  choices: { value: string; words: string; lang?: string }[];
};

/** One of several. */
function Choices({ title, chosen, onChoose, choices }: ChoicesProps) {
  return (
    <>
      <Menu.Label>{title}</Menu.Label>
      <Menu.RadioGroup value={chosen} onChange={onChoose}>
        {choices.map(({ value, words, lang }) => (
          <Menu.RadioItem key={value} value={value} lang={lang}>
            {words}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
