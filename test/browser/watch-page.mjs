// What a page must never do, watched while the tests use it: fail by itself, break the policy, speak to others.

/** @returns what was seen so far that may not be */
export function watchPage(page, pageUrl) {
  const { origin } = new URL(pageUrl);
  const problems = [];
  page.on('pageerror', (error) => problems.push(`The page threw: ${error.message}`));
  page.on('console', (message) => {
    // A refusal that the page shows to its reader is in the console too: that one is the browser's own line.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) {
      problems.push(`The console has: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) problems.push(`It asked ${request.url()}`);
  });
  return problems;
}
