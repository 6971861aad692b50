import type { WordsOf } from '../../i18n/wordsOf.ts';

export const en = {
  title: 'Settings',
  retention: 'How long things are kept',
  edit: 'Change the times',
  audit_days: 'Audit log',
  log_days: 'Logs',
  monitoring_months: 'Monitoring data',
  syncs_days: 'Syncs and their errors',
  webhook_events_days: 'Webhook events',
  days: '{{number}} days',
  forEver: 'For ever',
  months: '{{number}} months',
  inDays: '{{name}}, in days',
  inMonths: '{{name}}, in months',
  sources: { default: 'as usual', setting: 'by the service’s settings', stored: 'chosen here' },
} as const;

export const id: WordsOf<typeof en> = {
  title: 'Pengaturan',
  retention: 'Berapa lama disimpan',
  edit: 'Ubah waktunya',
  audit_days: 'Log audit',
  log_days: 'Log',
  monitoring_months: 'Data pemantauan',
  syncs_days: 'Sinkronisasi dan kesalahannya',
  webhook_events_days: 'Peristiwa webhook',
  days: '{{number}} hari',
  forEver: 'Selamanya',
  months: '{{number}} bulan',
  inDays: '{{name}}, dalam hari',
  inMonths: '{{name}}, dalam bulan',
  sources: { default: 'bawaan', setting: 'dari pengaturan layanan', stored: 'dipilih di sini' },
};
