import type { WordsOf } from '../../i18n/wordsOf.ts';

export const en = {
  title: 'Dead letters',
  about: 'Messages that the broker gave up. The work itself is in the database and is not lost.',
  empty: 'There are none.',
  emptyHint: 'That is how it should be.',
  id: 'Letter',
  type: 'Message',
  queue: 'Queue',
  reason: 'Reason',
  created: 'Since',
  event: 'Event',
  requeue: 'Requeue',
  requeueMatching: 'Requeue all that match',
  requeued: 'Letter {{id}} is in its queue again.',
} as const;

export const id: WordsOf<typeof en> = {
  title: 'Pesan mati',
  about: 'Pesan yang ditinggalkan broker. Pekerjaannya ada di basis data dan tidak hilang.',
  empty: 'Tidak ada.',
  emptyHint: 'Memang seharusnya begitu.',
  id: 'Pesan',
  type: 'Jenis',
  queue: 'Antrean',
  reason: 'Alasan',
  created: 'Sejak',
  event: 'Peristiwa',
  requeue: 'Antrekan lagi',
  requeueMatching: 'Antrekan lagi semua yang cocok',
  requeued: 'Pesan {{id}} sudah di antreannya lagi.',
};
