import { createSocket } from 'node:dgram';

/** A name server on loopback. */
export interface NameServer {
  /** `127.0.0.1:PORT` */
  address: string;
  /** Waits until so many names have been asked for in all, each counted once. */
  asked(count: number): Promise<void>;
  close(): Promise<void>;
}

const TYPE_A = 1;
const HEADER_BYTES = 12;

/**
 * Starts a name server (RFC 1035) that has the IPv4 addresses it is given. It never answers for names with a part
 * `hang`, and knows no others.
 */
export async function startNameServer(records: Readonly<Record<string, string>>): Promise<NameServer> {
  const names = new Set<string>();
  const waiting = new Set<() => void>();
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, end, type } = questionOf(query);
    names.add(name);
    for (const look of waiting) look();
    if (name.split('.').includes('hang')) return;
    socket.send(answerTo(query.subarray(0, end), records[name], type), port, address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (names.size < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        socket.close(() => resolve());
      }),
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(query: Buffer, address: string | undefined, type: number): Buffer {
  const record = address !== undefined && type === TYPE_A ? recordOf(address) : null;
  const answer = Buffer.from(query);
  // An answer; recursion is there; 3 says that there is no such name.
  answer.writeUInt16BE(0x8180 | (address === undefined ? 3 : 0), 2);
  answer.writeUInt16BE(record ? 1 : 0, 6);
  answer.writeUInt32BE(0, 8);
  return record ? Buffer.concat([answer, record]) : answer;
}

function recordOf(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt16BE(4, 10);
  record.set(address.split('.').map(Number), 12);
  return record;
}
