import { describeTlsFailure } from './mysql-tls.js';

describe('describeTlsFailure', () => {
  const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

  it.each([
    ['HANDSHAKE_NO_SSL_SUPPORT', 'Server does not support secure connection', 'it takes no TLS'],
    [
      'HANDSHAKE_SSL_ERROR',
      "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
      'its certificate is for another host',
    ],
    ['HANDSHAKE_SSL_ERROR', 'certificate has expired', 'its certificate is not valid now'],
    ['HANDSHAKE_SSL_ERROR', 'self-signed certificate in certificate chain', 'Set ssl-ca'],
    ['HANDSHAKE_SSL_ERROR', 'unable to verify the first certificate', 'Set ssl-ca'],
    [
      'HANDSHAKE_SSL_ERROR',
      '4067:error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol:../ssl/statem.c:1:',
      'no TLS version or cipher suits both',
    ],
    [
      'ER_SECURE_TRANSPORT_REQUIRED',
      'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
      'it takes connections with TLS alone. Set ssl-mode',
    ],
  ])('tells %s, %s in words', (code, message, words) => {
    expect(describeTlsFailure(failure(code, message))).toContain(words);
    expect(describeTlsFailure(failure(code, message))).not.toMatch(/error:|routines/);
  });

  it('leaves other errors alone', () => {
    expect(describeTlsFailure(failure('ER_ACCESS_DENIED_ERROR', 'Access denied for user'))).toBeNull();
    expect(describeTlsFailure(failure('ECONNREFUSED', ''))).toBeNull();
  });
});
