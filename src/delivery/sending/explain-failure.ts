import { EncryptionError } from '../../webhooks/secrets/encryption.js';
import { isOwnFault, type OwnFaultCode } from '../model/own-faults.js';

/** An error whose message names an address, with a message that names none, for tenants. */
export interface AddressNamingError extends Error {
  readonly messageWithoutAddress: string;
}

/** What OpenSSL finds wrong with a certificate, by its codes, and Node with the name in it. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'is revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed, and nobody said to trust it',
  SELF_SIGNED_CERT_IN_CHAIN: 'is of an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'is of an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is of an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without the certificates between it and a trusted authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for other names than that of the URL',
};

/** The codes of OpenSSL's other problems with a certificate; `UNSPECIFIED` is Node's for those that it has no code for. */
const OTHER_CERTIFICATE_CODE =
  /^(?:CERT|CRL|UNABLE_TO|ERROR_IN|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|UNSPECIFIED)(?:_|$)/;

/** What went wrong with a socket, by the system's codes. */
const SOCKET_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The receiver refused the connection',
  ECONNRESET: 'The receiver reset the connection',
  EHOSTUNREACH: 'There is no way to the host of the receiver',
  ENETUNREACH: 'There is no way to the network of the receiver',
  EPIPE: 'The receiver closed the connection while the request was written',
  ETIMEDOUT: 'The receiver did not take the connection in time',
};

/** Codes of undici and of Node's TLS. */
const SENTENCES: Readonly<Record<string, string>> = {
  ERR_ASSERTION: 'The answer of the receiver is no valid HTTP.',
  ERR_SSL_HTTP_REQUEST: 'The receiver answered plain HTTP on an https URL.',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'The receiver answered plain HTTP on an https URL.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'The receiver answered plain HTTP on an https URL.',
  UND_ERR_CONNECT_TIMEOUT: 'The receiver did not take the connection in time.',
  UND_ERR_HEADERS_OVERFLOW: 'The headers of the answer are larger than 64 KB together.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH:
    'The answer of the receiver is not as long as its Content-Length says, or says two lengths.',
};

/** Beginnings of a TLS record of any version: an alert, a handshake. */
const TLS_RECORDS = ['\u0015\u0003', '\u0016\u0003'];

/**
 * Explains in one sentence why a request got no whole answer. Sentences of our own errors are passed on; what OpenSSL,
 * the HTTP parser and the system say is put into words.
 *
 * @param maySeeAddresses false: for a tenant, who must not learn to which address of the network a name leads
 */
export function explainFailure(error: unknown, maySeeAddresses: boolean): string {
  const cause = findCause(error);
  if (!(cause instanceof Error)) return String(cause);
  if (isAddressNaming(cause)) return maySeeAddresses ? cause.message : cause.messageWithoutAddress;
  return (
    explainTls(cause) ??
    explainAnswer(cause) ??
    explainSocket(cause, maySeeAddresses) ??
    SENTENCES[codeOf(cause) ?? ''] ??
    (isSentence(cause.message) ? cause.message : `The request failed (${codeOf(cause) ?? cause.name}).`)
  );
}

/** Finds the code of an error: the system's, undici's or one of {@link OWN_FAULTS}; null where it has none. */
export function findFailureCode(error: unknown): string | null {
  const cause = findCause(error);
  return cause instanceof EncryptionError ? ('NO_KEY' satisfies OwnFaultCode) : codeOf(cause);
}

function explainTls(error: Error): string | null {
  const code = codeOf(error) ?? '';
  if (code === 'EPROTO' && /wrong version number|packet length too long/.test(error.message)) {
    return SENTENCES['ERR_SSL_WRONG_VERSION_NUMBER'] as string;
  }
  const problem = CERTIFICATE_PROBLEMS[code];
  if (problem !== undefined) return `The certificate of the receiver ${problem} (${code}).`;
  if (OTHER_CERTIFICATE_CODE.test(code)) {
    const reason = isSentence(error.message) ? error.message : toWords(code);
    return `The certificate of the receiver is refused: ${reason} (${code}).`;
  }
  if (code === 'ECONNRESET' && error.message.includes('before secure TLS connection')) {
    return 'The receiver closed the connection before TLS was agreed on (ECONNRESET).';
  }
  if (SENTENCES[code] !== undefined) return null;
  const alert = /^ERR_SSL_(?:TLSV1|TLSV13|SSLV3|SSL\/TLS)_ALERT_(\w+)$/.exec(code)?.[1];
  if (alert !== undefined) return `The receiver ended the TLS handshake: ${toWords(alert)} (${code}).`;
  if (/^ERR_(SSL|TLS)_|^EPROTO$/.test(code)) {
    return `TLS with the receiver failed: ${toWords(code.replace(/^ERR_(SSL|TLS)_/, ''))} (${code}).`;
  }
  return null;
}

/** Explains an answer that is not HTTP, and one that ended early. */
function explainAnswer(error: Error): string | null {
  if (error.name === 'HTTPParserError') {
    const { data } = error as { data?: unknown };
    if (typeof data === 'string' && TLS_RECORDS.some((start) => data.startsWith(start))) {
      return 'The receiver answered TLS on an http URL.';
    }
    const reason = /\(([^()]+)\)$/.exec(error.message)?.[1] ?? 'it cannot be read';
    const what = reason.startsWith('Expected HTTP/') ? 'it does not begin with HTTP/' : reason;
    return `The answer of the receiver is no valid HTTP: ${what}.`;
  }
  if (codeOf(error) !== 'UND_ERR_SOCKET') return null;
  if (error.message === 'bad upgrade') return 'The receiver switched to a protocol that nobody asked for.';
  if (error.message === 'bad response') return SENTENCES['ERR_ASSERTION'] as string;
  return 'The receiver closed the connection before its answer was whole.';
}

function explainSocket(error: Error, maySeeAddresses: boolean): string | null {
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) return null;
  return `${SOCKET_PROBLEMS[code] ?? 'The connection failed'} (${maySeeAddresses ? error.message : code}).`;
}

function findCause(error: unknown): unknown {
  if (isAxiosError(error) && error.cause) return findCause(error.cause);
  // One for each address of a name: the fault is ours where not a single one was the receiver's.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.find((each) => !isOwnFault(codeOf(each))) ?? error.errors[0];
  }
  return error;
}

/** As axios itself tells its errors, of whatever copy of it they are. */
function isAxiosError(error: unknown): error is Error {
  return error instanceof Error && (error as { isAxiosError?: unknown }).isAxiosError === true;
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : null;
}

function isAddressNaming(error: Error): error is AddressNamingError {
  return 'messageWithoutAddress' in error;
}

/** No line of OpenSSL (`80EC…:error:0A00010B:SSL routines:…`) and no assertion of a program. */
function isSentence(message: string): boolean {
  return message !== '' && !/:error:|\bassert\w*\(|[\r\n]/.test(message);
}

/** `handshake failure` of `HANDSHAKE_FAILURE`. */
function toWords(constant: string): string {
  return constant.toLowerCase().replaceAll('_', ' ');
}
