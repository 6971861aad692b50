type Ruled = { kind?: string; least?: number; most?: number };
type Problem = {
  code: 'range' | 'not_an_email' | 'url' | 'length';
  params: { minimum: number; maximum: number };
};

const PASSWORD = { least: 12, most: 1024 };
const GREATEST = 2_147_483_647;

/** What is wrong with a text that was typed into a field of this kind, by the gateway's names for it. */
export function problemOf({ kind, least, most }: Ruled, text: string): Problem | undefined {
  const params = { minimum: least ?? 0, maximum: most ?? GREATEST };
  switch (kind) {
    case 'number': {
      const isWhole = /^-?\d+$/.test(text);
      const isInside = Number(text) >= params.minimum && Number(text) <= params.maximum;
      return isWhole && isInside ? undefined : { code: 'range', params };
    }
    case 'email':
      return /^\S+@\S+\.\S+$/.test(text) ? undefined : { code: 'not_an_email', params };
    case 'url':
      return isAddress(text) ? undefined : { code: 'url', params };
    case 'password': {
      const bounds = { minimum: least ?? PASSWORD.least, maximum: most ?? PASSWORD.most };
      const isInside = text.length >= bounds.minimum && text.length <= bounds.maximum;
      return isInside ? undefined : { code: 'length', params: bounds };
    }
    default:
      return undefined;
  }
}

export function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
