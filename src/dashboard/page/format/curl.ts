/** A request as it was sent. */
export interface SentRequest {
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

const MASK = '••••••';

/**
 * The command that sends a request again from a shell. Signatures are never shown, so it carries none; header values
 * that are masked are left for the reader to fill in.
 */
export function toCurl({ url, headers, body }: SentRequest): string {
  const lines = [`curl -X POST ${quoted(url)}`];
  for (const [name, value] of Object.entries(headers)) {
    // The length is curl's to say, and the masked value is nobody's to send.
    if (name.toLowerCase() === 'content-length') continue;
    lines.push(`-H ${quoted(`${name}: ${value === MASK ? `<${name}>` : value}`)}`);
  }
  if (body !== null) lines.push(`--data-raw ${quoted(body)}`);
  return lines.join(' \\\n  ');
}

/** One word for a POSIX shell, whatever it holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
