/** A body of a webhook in Strapi 5's form, parsed. */
export interface Body {
  event: string;
  entry?: Record<string, unknown>;
  media?: Record<string, unknown>;
}

/** A body whose ids, times and places of files are replaced by words; objects are lists of keys and values, in order. */
export type Outline = string | number | boolean | null | Outline[];

/** Values that differ between any two runs. */
const WORDS: Record<string, string> = {
  id: '<id>',
  createdAt: '<time>',
  updatedAt: '<time>',
  publishedAt: '<time>',
};

/** The same of files and of their smaller versions, whose bytes depend on the image library. */
const WORDS_OF_FILES: Record<string, string> = {
  ...WORDS,
  hash: '<hash>',
  url: '<url>',
  size: '<size>',
  sizeInBytes: '<size>',
};

/** The attributes of the content types that hold any JSON. */
const JSON_ATTRIBUTES = ['extra', 'body'];

/**
 * Builds the outline of a value.
 *
 * @param names the names of entries and files by their document ids, so that both runs call them the same
 */
export function buildOutline(value: unknown, names: Readonly<Record<string, string>>): Outline {
  if (Array.isArray(value)) return value.map((item) => buildOutline(item, names));
  if (typeof value !== 'object' || value === null) return value as Outline;
  const words = 'mime' in value ? WORDS_OF_FILES : WORDS;
  const entries = Object.entries(value).toSorted(
    (one, other) => Number(isEmptiedZone(one)) - Number(isEmptiedZone(other)),
  );
  return entries.map(([key, inner]): Outline => {
    if (inner === null || JSON_ATTRIBUTES.includes(key)) return [key, JSON.stringify(inner)];
    if (key === 'documentId') return [key, names[inner as string] ?? '<unknown>'];
    return [key, words[key] ?? buildOutline(inner, names)];
  });
}

/**
 * Whether this may be a dynamic zone that was emptied: Strapi reads the rows that it left over, and prints it later
 * than one that was always empty.
 */
function isEmptiedZone([key, value]: [string, unknown]): boolean {
  return key === 'zone' && Array.isArray(value) && value.length === 0;
}

/** Whether one outline of an object has all keys and values of another, in their order, and maybe more. */
export function isWithin(smaller: Outline, larger: Outline): boolean {
  if (!Array.isArray(smaller) || !Array.isArray(larger)) return smaller === larger;
  let at = 0;
  for (const one of larger) {
    const wanted = smaller[at];
    if (wanted === undefined) break;
    if (!Array.isArray(one) || !Array.isArray(wanted) || one[0] !== wanted[0]) continue;
    const isSame = JSON.stringify(one) === JSON.stringify(wanted);
    const isEntry = wanted[0] === 'entry' && isWithin(wanted[1] ?? null, one[1] ?? null);
    if (!isSame && !isEntry) return false;
    at += 1;
  }
  return at === smaller.length;
}
