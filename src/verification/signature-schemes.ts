/** How a sender signs its requests with an HMAC of a shared secret, whose text is the key. */
export interface SignatureScheme {
  /** The header that has the signature. */
  signatureHeader: string;
  /** What stands before a signature: `sha256=`. Default: nothing. */
  prefix?: string;
  /** What separates the parts of the header, where it has several. Default: it is one signature. */
  separator?: string;
  encoding: 'hex' | 'base64';
  /** Default: `sha256`. */
  algorithm?: 'sha256' | 'sha512' | 'sha1';
  /** What is signed, with `{body}` once and, where there is a time, `{timestamp}` before it. Default: `{body}`. */
  signed?: string;
  /** The header that has the time of the request, epoch seconds. Default: none. */
  timestampHeader?: string;
  /** The prefix of the part of the signature header that is the time: `t=`. Default: none. */
  timestampPrefix?: string;
  /** The header that has the id of the delivery, the same when it is repeated. Default: none. */
  idHeader?: string;
  /** The property of the JSON body that has the id. Default: none. */
  idProperty?: string;
}

/** The senders whose schemes are known by name; `standard` is Standard Webhooks 1.0.0. */
export type SignatureSchemeName = 'standard' | 'stripe' | 'github' | 'shopify' | 'slack';

const SCHEMES: Record<Exclude<SignatureSchemeName, 'standard'>, SignatureScheme> = {
  // https://docs.stripe.com/webhooks#verify-manually
  stripe: {
    signatureHeader: 'stripe-signature',
    separator: ',',
    prefix: 'v1=',
    timestampPrefix: 't=',
    signed: '{timestamp}.{body}',
    encoding: 'hex',
    idProperty: 'id',
  },
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  github: {
    signatureHeader: 'x-hub-signature-256',
    prefix: 'sha256=',
    encoding: 'hex',
    idHeader: 'x-github-delivery',
  },
  // https://shopify.dev/docs/apps/build/webhooks/subscribe/https
  shopify: {
    signatureHeader: 'x-shopify-hmac-sha256',
    encoding: 'base64',
    idHeader: 'x-shopify-webhook-id',
  },
  // https://docs.slack.dev/authentication/verifying-requests-from-slack
  slack: {
    signatureHeader: 'x-slack-signature',
    prefix: 'v0=',
    timestampHeader: 'x-slack-request-timestamp',
    signed: 'v0:{timestamp}:{body}',
    encoding: 'hex',
    idProperty: 'event_id',
  },
};

/** The scheme of Standard Webhooks, as far as a delivery's id goes. */
const STANDARD_ID = { idHeader: 'webhook-id' };

/**
 * Finds the scheme of a name, or checks a description.
 *
 * @throws {TypeError} for an unknown name, and for a description that would verify less than it says
 */
export function findScheme(
  scheme: Exclude<SignatureSchemeName, 'standard'> | SignatureScheme,
): SignatureScheme {
  if (typeof scheme === 'string') {
    if (Object.hasOwn(SCHEMES, scheme)) return SCHEMES[scheme];
    throw new TypeError(
      `There is no signature scheme "${scheme}": name one of standard, ${Object.keys(SCHEMES).join(', ')}, or describe it.`,
    );
  }
  const problem = findSchemeProblem(scheme);
  if (problem !== null) throw new TypeError(`The signature scheme is wrong: ${problem}.`);
  return scheme;
}

/** Finds where a scheme's requests have the id of their delivery. */
export function findIdPlace(
  scheme: SignatureSchemeName | SignatureScheme,
): Pick<SignatureScheme, 'idHeader' | 'idProperty'> {
  return scheme === 'standard' ? STANDARD_ID : findScheme(scheme);
}

function findSchemeProblem(scheme: SignatureScheme): string | null {
  const { signatureHeader, encoding, signed = '{body}', timestampHeader, timestampPrefix } = scheme;
  if (typeof signatureHeader !== 'string' || signatureHeader === '') return '"signatureHeader" is missing';
  if (encoding !== 'hex' && encoding !== 'base64') return '"encoding" must be hex or base64';
  if (signed.split('{body}').length !== 2) return '"signed" must have {body} once';
  if (timestampHeader !== undefined && timestampPrefix !== undefined) {
    return 'the time stands in "timestampHeader" or behind "timestampPrefix", not in both';
  }
  const isTimed = timestampHeader !== undefined || timestampPrefix !== undefined;
  const isTimeSigned = signed.split('{body}')[0]?.includes('{timestamp}') === true;
  if (isTimed && !isTimeSigned) return 'a time that is not in "signed" before {body} proves nothing';
  if (!isTimed && signed.includes('{timestamp}'))
    return '"signed" has a {timestamp}, and no place says where it is';
  return null;
}
