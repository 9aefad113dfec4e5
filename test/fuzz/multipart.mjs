import { anyText, anyValue, jsonOf } from './values.mjs';

const NAMES = ['files', 'files', 'files', 'files[]', 'file', '__proto__', 'files[constructor]', ''];
const FIELDS = [
  'fileInfo',
  'ref',
  'refId',
  'field',
  'fileInfo[0][name]',
  '__proto__[a]',
  'constructor',
  'a[99999]',
];
const TYPES = [
  'image/png',
  'text/html',
  'application/json',
  'a',
  '',
  'image/svg+xml',
  'text/plain; charset=\u0000',
];
const CONTENTS = [
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.from('<html><script>alert(1)</script>'),
  Buffer.from('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><svg/>'),
  Buffer.from('504b0304140000000800', 'hex'),
  Buffer.from('1f8b0800000000000003', 'hex'),
  Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'),
  Buffer.from('1a45dfa3', 'hex'),
  Buffer.from('000000ff6674797000000000', 'hex'),
  Buffer.from('OggS'),
  Buffer.from('%PDF-1.7'),
  Buffer.alloc(0),
  Buffer.alloc(70_000, 1),
];

/** A multipart body, whole or broken. */
export function multipart(random) {
  const boundary = random.pick(['x', 'a'.repeat(70), 'a'.repeat(5_000), '----WebKit']);
  const parts = Array.from({ length: random.chance(0.03) ? 120 : Math.floor(random.next() * 4) }, () =>
    random.chance(0.6) ? filePart(random) : fieldPart(random),
  );
  let body = Buffer.concat([
    ...parts.map((part) => Buffer.concat([Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')])),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  const kind = random.next();
  if (kind < 0.1) body = body.subarray(0, Math.floor(random.next() * body.length));
  else if (kind < 0.15)
    body = Buffer.from(body.toString('latin1').replaceAll('\r\n', random.pick(['\n', '\r', ''])), 'latin1');
  return { contentType: `multipart/form-data; boundary=${random.chance(0.95) ? boundary : 'other'}`, body };
}

function filePart(random) {
  const name = random.pick(NAMES);
  const fileName = random.chance(0.5)
    ? random.pick(['a.png', 'a.html', 'a', '.env', 'a.tar.gz'])
    : anyText(random);
  const type = random.pick(TYPES);
  return Buffer.concat([
    Buffer.from(
      `Content-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n${type ? `Content-Type: ${type}\r\n` : ''}\r\n`,
    ),
    random.pick(CONTENTS),
    Buffer.from(random.chance(0.3) ? anyText(random) : ''),
  ]);
}

function fieldPart(random) {
  const name = random.chance(0.9) ? random.pick(FIELDS) : anyText(random);
  const kind = random.next();
  const value =
    kind < 0.4
      ? jsonOf(anyValue(random))
      : kind < 0.45
        ? '['.repeat(100_000) + ']'.repeat(100_000)
        : kind < 0.7
          ? random.pick(['{"name":"b.png"}', 'api::address.address', '1', 'cover', '[{},{}]'])
          : anyText(random);
  return Buffer.from(`Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`);
}
