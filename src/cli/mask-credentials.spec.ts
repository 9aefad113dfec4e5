import { maskCredentials } from './mask-credentials.js';

describe('maskCredentials', () => {
  it.each([
    ['mysql://root:secret@db:3306/x', 'mysql://…@db:3306/x'],
    ['postgres//root:s:e@c/r@et@db/x', 'postgres//root:…@db/x'],
    ["Unexpected argument 'mysql://root:secret@db/x'. More", "Unexpected argument 'mysql://…@db/x'. More"],
    ['two a://b:c@d and e://f:g@h', 'two a://…@d and e://…@h'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
    [
      "Access denied for user 'root'@'10.0.0.1' (using password: YES)",
      "Access denied for user 'root'@'10.0.0.1' (using password: YES)",
    ],
    ['/data/a@b.db', '/data/a@b.db'],
    [':@', ':…@'],
  ])('%s', (text, masked) => {
    expect(maskCredentials(text)).toBe(masked);
  });
});
