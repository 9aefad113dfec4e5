/** `String.includes` compares at most so many characters at each place: its worst case is then linear as well. */
const SHORT_PART = 256;

/** Whether a text occurs in another, in time linear in both lengths (Knuth, Morris and Pratt for long parts). */
export function includesText(text: string, part: string): boolean {
  if (part.length <= SHORT_PART) return text.includes(part);
  if (part.length > text.length) return false;
  const borders = computeBorders(part);
  let matched = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && unit !== part.charCodeAt(matched)) matched = borders[matched - 1] ?? 0;
    if (unit === part.charCodeAt(matched)) matched += 1;
    if (matched === part.length) return true;
  }
  return false;
}

/** Computes, for each beginning of a text, the length of its longest proper beginning that it also ends with. */
function computeBorders(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let length = 0;
  for (let at = 1; at < part.length; at += 1) {
    const unit = part.charCodeAt(at);
    while (length > 0 && unit !== part.charCodeAt(length)) length = borders[length - 1] ?? 0;
    if (unit === part.charCodeAt(length)) length += 1;
    borders[at] = length;
  }
  return borders;
}
