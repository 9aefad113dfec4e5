/**
 * Takes the secret out of the address, so that it is in no history, no bookmark and no address that someone copies.
 *
 * @returns null where there is none: the page was loaded again
 */
function takeSecret(): string | null {
  const secret = window.location.hash.slice(1);
  if (secret === '') return null;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return secret;
}

/** The link's secret: read once, before anything else of the page looks at the address. */
export const linkSecret: string | null = takeSecret();
