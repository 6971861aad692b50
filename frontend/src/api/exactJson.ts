/** What is told to a reviver about a number besides its value; older browsers do not tell it. */
type Context = { source?: string };

const SIGNIFICANT_DIGITS = 15;

/**
 * Reads JSON. A number that JavaScript would round keeps its digits as text: ids of other systems and amounts of money
 * may have more digits than fit.
 */
export function exactJson(text: string): unknown {
  const keepDigits = (_key: string, value: unknown, context?: Context) => {
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && wouldRound(value, source)
      ? source
      : value;
  };
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

function wouldRound(value: number, source: string): boolean {
  if (Number.isInteger(value) && Number.isSafeInteger(value)) return false;
  const digits = source.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
  return digits.length > SIGNIFICANT_DIGITS || !Number.isFinite(value);
}
