import type { WordsOf } from '../../i18n/wordsOf.ts';

export const en = {
  title: 'Users',
  about:
    'People who may use this dashboard. Viewers read; operators also run and repair; administrators also configure.',
  empty: 'There is no user.',
  add: 'Add a user',
  edit: 'Edit the user',
  name: 'Name',
  email: 'E-mail address',
  role: 'Role',
  password: 'Password',
  newPassword: 'New password',
  newPasswordHint: 'Leave it empty to keep the password.',
  isActive: 'May sign in',
  created: 'Since',
  sessions: 'Sessions',
  sessionsOf: 'Tokens and sessions of {{name}}',
  remove: 'Delete {{name}}?',
  removeHint: 'Their tokens end at once.',
} as const;

export const id: WordsOf<typeof en> = {
  title: 'Pengguna',
  about:
    'Orang yang boleh memakai dasbor ini. Pembaca melihat; operator juga menjalankan dan memperbaiki; administrator juga mengatur.',
  empty: 'Belum ada pengguna.',
  add: 'Tambah pengguna',
  edit: 'Ubah pengguna',
  name: 'Nama',
  email: 'Alamat email',
  role: 'Peran',
  password: 'Kata sandi',
  newPassword: 'Kata sandi baru',
  newPasswordHint: 'Kosongkan untuk tetap memakai yang lama.',
  isActive: 'Boleh masuk',
  created: 'Sejak',
  sessions: 'Sesi',
  sessionsOf: 'Token dan sesi {{name}}',
  remove: 'Hapus {{name}}?',
  removeHint: 'Tokennya langsung berakhir.',
};
