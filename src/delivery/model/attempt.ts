/** What one request came to. */
export interface Attempt {
  /** Epoch milliseconds. */
  startedAt: number;
  durationMs: number;
  url: string;
  /** Null when no answer came. */
  statusCode: number | null;
  /** A sentence where no whole answer came, else null. */
  error: string | null;
  /** The error's code where there is one: `ECONNREFUSED`, `ADDRESS_REFUSED`, `TIMEOUT`. */
  errorCode: string | null;
  /** False: no connection was there when the attempt ended. Left out: that is not known. Not kept in the history. */
  hasConnected?: boolean | undefined;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
  responseTruncated: boolean;
}

/** A whole answer with a 2xx status. */
export function isSuccess({ statusCode, error }: Pick<Attempt, 'statusCode' | 'error'>): boolean {
  return error === null && statusCode !== null && statusCode >= 200 && statusCode < 300;
}
