import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconSettings } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { timeZoneChoices, useTimeZone } from '../format/timeZone';
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
        <Menu.Label>{t('app.language')}</Menu.Label>
        {codes.map((code) => (
          <Choice
            key={code}
            chosen={i18n.language === code}
            onChoose={() => void changeLanguage(code)}
            words={languages[code]}
            lang={code}
          />
        ))}

        <Menu.Label>{t('app.theme')}</Menu.Label>
        {themes.map((name) => (
          <Choice
            key={name}
            chosen={colorScheme === name}
            onChoose={() => setColorScheme(name)}
            words={t(`app.themes.${name}`)}
          />
        ))}

        <Menu.Label>{t('app.timeZone')}</Menu.Label>
        {timeZoneChoices.map((name) => (
          <Choice
            key={name}
            chosen={zone.choice === name}
            onChoose={() => zone.choose(name)}
            words={t(`app.timeZones.${name}`)}
          />
        ))}

        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()} disabled={signOut.isPending}>
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

type ChoiceProps = { chosen: boolean; onChoose: () => void; words: string; lang?: string };

function Choice({ chosen, onChoose, words, lang }: ChoiceProps) {
  return (
    <Menu.Item
      role="menuitemradio"
      aria-checked={chosen}
      lang={lang}
      onClick={onChoose}
      rightSection={chosen ? <IconCheck size={16} aria-hidden /> : null}
    >
      {words}
    </Menu.Item>
  );
}
