/** The value that the gateway wrote into this page for the styles that scripts add to it. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}
