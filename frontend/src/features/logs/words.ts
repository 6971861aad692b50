import type { WordsOf } from '../../i18n/wordsOf.ts';

export const en = {
  title: 'Logs',
  about: 'What the services noted about syncs, with requests and answers of failures.',
  empty: 'Nothing has been noted.',
  emptyHint: 'Entries appear when a sync runs.',
  level: 'At least',
  text: 'Text',
  sync: 'Sync',
  request: 'Request',
  response: 'Answer',
  context: 'Context',
  status: 'Status {{code}}',
  duration: '{{number}} ms',
} as const;

export const id: WordsOf<typeof en> = {
  title: 'Log',
  about: 'Catatan layanan tentang sinkronisasi, beserta permintaan dan jawaban yang gagal.',
  empty: 'Belum ada catatan.',
  emptyHint: 'Catatan muncul ketika sinkronisasi berjalan.',
  level: 'Paling rendah',
  text: 'Teks',
  sync: 'Sinkronisasi',
  request: 'Permintaan',
  response: 'Jawaban',
  context: 'Konteks',
  status: 'Status {{code}}',
  duration: '{{number}} md',
};
