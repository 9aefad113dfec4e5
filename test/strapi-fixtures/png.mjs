import { deflateSync } from 'node:zlib';

/** Builds a PNG of one colour. */
export function buildPng(width, height) {
  const row = Buffer.alloc(1 + width * 3, 90);
  row[0] = 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    buildChunk('IHDR', header),
    buildChunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))),
    buildChunk('IEND', Buffer.alloc(0)),
  ]);
}

function buildChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(sumCrc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The checksum of PNG's chunks (ISO 3309). */
function sumCrc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}
