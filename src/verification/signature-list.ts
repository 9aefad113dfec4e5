/** One signature of `webhook-signature`. */
export interface GivenSignature {
  /** `v1` or `v1a`; others are for those who know them. */
  version: string;
  bytes: Buffer;
}

/** More than any sender makes: eleven secrets at the most sign here. What is behind them is not looked at. */
const MOST_SIGNATURES = 64;

/** Reads `webhook-signature`: `v1,<base64>` and `v1a,<base64>`, separated by spaces. What is no signature is left out. */
export function signatureList(text: string): GivenSignature[] {
  return text
    .split(' ', MOST_SIGNATURES)
    .map((part) => {
      const comma = part.indexOf(',');
      return {
        version: part.slice(0, Math.max(0, comma)),
        bytes: Buffer.from(part.slice(comma + 1), 'base64'),
      };
    })
    .filter(({ version, bytes }) => version !== '' && bytes.length > 0);
}
