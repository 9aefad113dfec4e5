import { parseUrl } from './parse-url.js';

it.each(['https://example.com', 'https://bücher.example/', 'http://[::1]:3000/a?b'])(
  '%s is a URL',
  (text) => {
    // Often enough for the engine to optimise it.
    for (let n = 0; n < 20_000; n += 1) parseUrl(text);
    expect(parseUrl(text)?.href).toBe(new URL(text).href);
  },
);

it.each(['', 'example.com', '//example.com', 'https://', 'http://[::1'])('%j is none', (text) => {
  expect(parseUrl(text)).toBeNull();
});
