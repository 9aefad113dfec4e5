import { fileURLToPath } from 'node:url';

/** A folder, or a part of a bucket. */
export type ArchivePlace =
  | { kind: 'folder'; path: string }
  | {
      kind: 's3';
      bucket: string;
      /** Before every name, ending with `/`; empty: none. */
      prefix: string;
      /** Null: that of the environment. */
      region: string | null;
      /** The URL of an S3-compatible server; null: Amazon's. */
      endpoint: string | null;
    };

const FORMS = 'file:///PATH, or s3://BUCKET/PREFIX with ?region=… and ?endpoint=… where they are needed';

/**
 * Reads the setting `archive.url`.
 *
 * @throws {Error} with what is wrong with it
 */
export function parseArchiveUrl(text: string): ArchivePlace {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.username || url?.password) {
    throw new Error('must not have credentials: they are taken from the environment, as by every AWS tool');
  }
  if (url?.protocol === 'file:' && url.host === '') return { kind: 'folder', path: fileURLToPath(url) };
  if (url?.protocol !== 's3:' || url.host === '') throw new Error(`must be ${FORMS}`);
  const unknown = [...url.searchParams.keys()].find((key) => key !== 'region' && key !== 'endpoint');
  if (unknown !== undefined) throw new Error(`has the unknown parameter "${unknown}": it must be ${FORMS}`);
  const endpoint = url.searchParams.get('endpoint');
  if (endpoint !== null && !/^https?:\/\/./.test(endpoint)) {
    throw new Error('must have the whole URL of a server as its endpoint: https://s3.example.com');
  }
  const folders = decodeURIComponent(url.pathname)
    .split('/')
    .filter((folder) => folder !== '');
  return {
    kind: 's3',
    bucket: url.host,
    prefix: folders.map((folder) => `${folder}/`).join(''),
    region: url.searchParams.get('region'),
    endpoint,
  };
}

/** What is wrong with the setting `archive.url`; null: nothing. */
export function findArchiveUrlProblem(text: string): string | null {
  try {
    parseArchiveUrl(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
