import type { Response } from 'express';

const A_YEAR_S = 31_536_000;
const AN_HOUR_S = 3_600;

/** Sends a file. Names under `assets` contain a hash of the content, so those files are cached for a year. */
export async function sendFile(response: Response, name: string, root: string): Promise<void> {
  const isHashed = name.startsWith('assets/');
  const headers = {
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': isHashed ? `public, max-age=${A_YEAR_S}, immutable` : `public, max-age=${AN_HOUR_S}`,
  };
  await new Promise<void>((resolve, reject) => {
    response.sendFile(name, { root, headers, cacheControl: false }, (error?: Error & { code?: string }) => {
      // The client closed the connection.
      if (error && error.code !== 'ECONNABORTED') reject(error);
      else resolve();
    });
  });
}
