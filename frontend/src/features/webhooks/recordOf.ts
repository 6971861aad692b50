const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of the record that an event tells: whole, or only what changed. */
export function recordOf(payload: unknown): Record<string, unknown> {
  const data = isObject(payload) && isObject(payload['data']) ? payload['data'] : {};
  const { changes, ...fields } = data;
  if (!isObject(changes)) return data;

  const changed = Object.entries(changes).map(([field, change]) => [
    field,
    isObject(change) && 'new' in change ? change['new'] : change,
  ]);
  return { ...fields, ...Object.fromEntries(changed) };
}
