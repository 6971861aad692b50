import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { stored } from '../shared/stored';
import type { Words } from './en';

export const languages = { id: 'Bahasa Indonesia', en: 'English' } as const;
export type Language = keyof typeof languages;

const KEY = 'geniacs.language';
const BUNDLE = 'translation';

/** Only the words of the language that is shown are loaded. */
const load: Record<Language, () => Promise<Words>> = {
  id: async () => (await import('./id')).id,
  en: async () => (await import('./en')).en,
};

/** What was chosen here before, else what the browser asks for. */
function preferredLanguage(): Language {
  const chosen = stored.read(KEY) ?? navigator.language;
  return chosen.toLowerCase().startsWith('id') ? 'id' : 'en';
}

export function addWords(language: Language, words: Words) {
  i18n.addResourceBundle(language, BUNDLE, words);
}

async function loadWords(language: Language) {
  if (!i18n.hasResourceBundle(language, BUNDLE)) addWords(language, await load[language]());
}

/** The words that the page begins with. */
export const loadFirstWords = () => loadWords(preferredLanguage());

export async function changeLanguage(language: Language) {
  // First, so that a page that is loaded anew meanwhile has it, too.
  stored.write(KEY, language);
  await loadWords(language);
  await i18n.changeLanguage(language);
}

/** The words behind a key in the language that is shown; undefined where there are none. */
export function wordsBehind(key: string): string | undefined {
  const words: unknown = i18n.getResource(i18n.language, BUNDLE, key);
  return typeof words === 'string' ? words : undefined;
}

function tellDocument(language: string) {
  document.documentElement.lang = language;
}

void i18n.use(initReactI18next).init({
  lng: preferredLanguage(),
  resources: {},
  // React escapes what it shows.
  interpolation: { escapeValue: false },
  react: { bindI18nStore: 'added' },
});
tellDocument(i18n.language);
i18n.on('languageChanged', tellDocument);
