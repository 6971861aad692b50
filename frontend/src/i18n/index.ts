import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { stored } from '../shared/stored';
import { en } from './en';
import { id } from './id';

export const languages = { id: 'Bahasa Indonesia', en: 'English' } as const;
export type Language = keyof typeof languages;

const KEY = 'geniacs.language';

/** What was chosen here before, else what the browser asks for. */
function preferredLanguage(): Language {
  const chosen = stored.read(KEY) ?? navigator.language;
  return chosen.toLowerCase().startsWith('id') ? 'id' : 'en';
}

export async function changeLanguage(language: Language) {
  stored.write(KEY, language);
  await i18n.changeLanguage(language);
}

function tellDocument(language: string) {
  document.documentElement.lang = language;
}

// The words are part of the program, so that nothing is loaded and this is done at once.
void i18n.use(initReactI18next).init({
  lng: preferredLanguage(),
  fallbackLng: 'en',
  resources: { en: { translation: en }, id: { translation: id } },
  // React escapes what it shows.
  interpolation: { escapeValue: false },
});
tellDocument(i18n.language);
i18n.on('languageChanged', tellDocument);
