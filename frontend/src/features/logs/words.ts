import type { WordsOf } from '../../i18n/wordsOf.ts';

export const en = {
  title: 'Logs',
  about: 'What the services noted about syncs, with requests and answers of failures.',
  empty: 'Nothing has been noted.',
  emptyHint: 'Entries appear when a sync runs.',
  level: 'At least',
  text: 'Text',
  sync: 'Sync',
  bodies: { request: 'Request', response: 'Answer', context: 'Context' },
  link: 'Link to line {{id}}',
  follows: 'New lines are shown as they come.',
  there: '{{number}} lines are loaded.',
  toEnd: 'To the end',
  onlyRequests: 'Only requests',
  searchOn: 'Search further back',
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
  bodies: { request: 'Permintaan', response: 'Jawaban', context: 'Konteks' },
  link: 'Tautan ke baris {{id}}',
  follows: 'Baris baru ditampilkan begitu tiba.',
  there: '{{number}} baris dimuat.',
  toEnd: 'Ke akhir',
  onlyRequests: 'Hanya permintaan',
  searchOn: 'Cari lebih jauh ke belakang',
  duration: '{{number}} md',
};
