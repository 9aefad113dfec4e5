import { sign } from './signature.js';

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
