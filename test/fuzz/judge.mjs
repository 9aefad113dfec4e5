/** What tells the insides: a stack, a path of this program, words of a driver. */
const INSIDES =
  /\n\s+at |node_modules|\/dist\/|\.js:\d+|SQLITE_|ER_[A-Z_]+|QueryFailedError|You have an error in your SQL/;

/**
 * What is wrong with an answer, null when nothing is.
 *
 * @param {{status: number, headers: Record<string, string>, body: string}} answer
 * @param hasBody false for the answer to HEAD
 */
export function answerProblem({ status, headers, body }, hasBody = true) {
  if (!(status >= 200 && status < 500)) return `the status ${status}`;
  if (headers['x-injected'] !== undefined) return 'a header that was injected';
  if (headers['x-powered-by'] !== undefined) return 'a header that tells what runs here';
  if (headers['x-content-type-options'] !== 'nosniff') return 'no X-Content-Type-Options';
  if (status < 400) return null;
  if (!/^application\/json/.test(headers['content-type'] ?? '')) return `the type ${headers['content-type']}`;
  return hasBody ? envelopeProblem(status, body) : null;
}

function envelopeProblem(status, body) {
  let envelope;
  try {
    envelope = JSON.parse(body);
  } catch {
    return `a body that is no JSON: ${body.slice(0, 200)}`;
  }
  const { data, error } = envelope ?? {};
  const isEnvelope =
    data === null &&
    error?.status === status &&
    typeof error.name === 'string' &&
    typeof error.message === 'string' &&
    typeof error.details === 'object';
  if (!isEnvelope) return `a body that is not the envelope: ${body.slice(0, 200)}`;
  return INSIDES.test(error.message)
    ? `a message that tells the insides: ${error.message.slice(0, 300)}`
    : null;
}
