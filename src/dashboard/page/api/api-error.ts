import { strings } from '../strings.js';

/** One fault of a request, at its place: `{path: ['url'], message: 'url must be a valid URL'}`. */
export interface Fault {
  path: string[];
  message: string;
}

/** Whatever the API refused, in its own words; status 0: there was no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    readonly faults: Fault[] = [],
  ) {
    super(message);
  }
}

interface Envelope {
  error?: { message?: string; details?: { errors?: Fault[] } };
}

/** What an answer that is no 2xx says is wrong. */
export async function errorOf(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  try {
    const { error } = JSON.parse(text) as Envelope;
    if (error?.message) return new ApiError(answer.status, error.message, error.details?.errors ?? []);
  } catch {
    // A proxy's page of HTML: its status says more than its text.
  }
  return new ApiError(answer.status, strings.errors.unexpected(answer.status));
}

/** What to say of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
