import type { ArgumentType } from '../../api/generated';

/** An argument as one types it. */
export function textOf(type: ArgumentType, value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  switch (type) {
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'whole_number':
    case 'number':
      return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
    case 'columns':
    case 'values':
      return Array.isArray(value) ? value.map(plain).join(', ') : undefined;
    case 'value':
      return typeof value === 'object' ? undefined : plain(value);
    case 'value_map':
    case 'text_map':
      return isMap(value)
        ? Object.entries(value)
            .map(([from, to]) => `${from} = ${plain(to)}`)
            .join('\n')
        : undefined;
    default:
      return undefined;
  }
}

/** What was typed, as the gateway takes it. */
export function argumentOf(type: ArgumentType, text: string): unknown {
  switch (type) {
    case 'whole_number':
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'columns':
      return items(text);
    case 'values':
      return items(text).map(scalar);
    case 'value':
      return scalar(text);
    case 'value_map':
      return mapOf(text, scalar);
    case 'text_map':
      return mapOf(text, (to) => to);
    default:
      return text;
  }
}

const plain = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const items = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** A number or a truth value where it is written like one. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : text;
}

function mapOf(text: string, read: (to: string) => unknown): Record<string, unknown> {
  const pairs = text
    .split('\n')
    .map((line) => line.split('='))
    .filter(([from]) => from?.trim())
    .map(([from = '', ...to]) => [from.trim(), read(to.join('=').trim())]);
  return Object.fromEntries(pairs);
}
