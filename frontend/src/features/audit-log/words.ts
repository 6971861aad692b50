import type { WordsOf } from '../../i18n/wordsOf.ts';

export const en = {
  title: 'Audit log',
  about: 'Every change: who, when, from where, before and after.',
  empty: 'Nothing has been changed yet.',
  at: 'When',
  actor: 'Who',
  action: 'What',
  subject: 'Of what',
  before: 'Before',
  after: 'After',
  request: 'Request',
  subjectId: 'Its number',
} as const;

export const id: WordsOf<typeof en> = {
  title: 'Log audit',
  about: 'Setiap perubahan: siapa, kapan, dari mana, sebelum dan sesudahnya.',
  empty: 'Belum ada yang diubah.',
  at: 'Kapan',
  actor: 'Siapa',
  action: 'Apa',
  subject: 'Tentang',
  before: 'Sebelum',
  after: 'Sesudah',
  request: 'Permintaan',
  subjectId: 'Nomornya',
};
