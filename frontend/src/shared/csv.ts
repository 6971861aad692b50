/** As many rows as a file of one download has at most. */
const MOST_ROWS = 100_000;
const ROWS_A_CALL = 250;

type Part = { text: string; next: string | null };

/** All parts of a list as one text with one header; `isCut` where it is longer than a download may be. */
export async function gather(
  load: (place: { limit: number; after?: string }) => Promise<Part>,
  onRows: (rows: number) => void,
): Promise<{ text: string; rows: number; isCut: boolean }> {
  const parts: string[] = [];
  let rows = 0;
  let after: string | null = null;
  do {
    const { text, next }: Part = await load({ limit: ROWS_A_CALL, ...(after ? { after } : {}) });
    parts.push(parts.length === 0 ? text : withoutHeader(text));
    after = next;
    // A search for a rare text may find nothing in one part and go on.
    rows += next === null ? 0 : ROWS_A_CALL;
    onRows(rows);
  } while (after !== null && rows < MOST_ROWS);
  return { text: parts.join(''), rows, isCut: after !== null };
}

/** Names of columns hold no line breaks, so the header is the first line. */
function withoutHeader(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? '' : text.slice(end + 1);
}

/** Gives a text to the browser as a file. */
export function saveFile(name: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
