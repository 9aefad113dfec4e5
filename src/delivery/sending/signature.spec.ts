import { makeSecret } from '../../webhooks/secrets/signing-secret.js';
import { signForHub, sign } from './signature.js';

describe('sign', () => {
  const body = Buffer.from('{"test": 2432232314}');
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

  it('makes the signature of the specification’s vector', () => {
    expect(sign(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], id, 1_614_265_330, body)).toBe(expected);
  });

  it('signs with every secret, the newest first', () => {
    const both = sign(
      ['whsec_c2VjcmV0LXRoYXQtaXMtbmV3ZXI=', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      id,
      1_614_265_330,
      body,
    );
    expect(both.split(' ')).toHaveLength(2);
    expect(both.split(' ')[1]).toBe(expected);
  });
});

describe('sign with ed25519', () => {
  it('makes the signature of the reference library’s vector', () => {
    const secret = 'whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=';
    expect(
      sign([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, Buffer.from('{"test": 2432232314}')),
    ).toBe('v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==');
  });

  it('stands beside a shared secret in one list', () => {
    const both = sign([makeSecret('v1a'), makeSecret('v1')], 'id', 1, Buffer.from('{}'));
    expect(both).toMatch(/^v1a,\S{88} v1,\S{44}$/);
  });
});

describe('signForHub', () => {
  it('makes the signature of GitHub’s documentation: the text is the key', () => {
    expect(signForHub("It's a Secret to Everybody", Buffer.from('Hello, World!'))).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });
});
