import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { ChangeReader } from './change-reader.js';
import { StreamReaders } from './stream-readers.js';

/** A response that keeps what is written to it and sends nothing. */
class Answer extends EventEmitter {
  headersSent = false;
  writableEnded = false;
  destroyed = false;
  writableLength = 0;
  written: string[] = [];

  writeHead(): void {
    this.headersSent = true;
  }

  write(text: string): void {
    this.written.push(text);
    this.writableLength += text.length;
  }

  end(): void {
    this.writableEnded = true;
    this.emit('close');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('Readers of the stream', () => {
  const many = Array.from({ length: 40_000 }, (_, n) => ({ id: `webhook-${n}`, tenant: null }));
  let readers: StreamReaders;
  let schedule: SchedulerRegistry;

  beforeEach(() => {
    schedule = new SchedulerRegistry();
    const changes = {
      start: () => Promise.resolve(),
      poll: () => Promise.resolve({ deliveries: [], more: new Map(), webhooks: many }),
    };
    readers = new StreamReaders(changes as unknown as ChangeReader, schedule);
  });

  afterEach(() => readers.onModuleDestroy());

  async function watch(tenant: string | null = null, lifeMs?: number): Promise<Answer> {
    const answer = new Answer();
    await readers.add(answer as unknown as ServerResponse, tenant, lifeMs);
    return answer;
  }

  it('are let go when they do not read, and keep nobody else from it', async () => {
    const [slow, quick] = [await watch(), await watch()];
    await readers.poll();
    quick.writableLength = 0;
    await readers.poll();
    expect([slow.destroyed, quick.destroyed]).toEqual([true, false]);
    expect(quick.written).toHaveLength(3);
    expect(readers.count).toBe(1);
  });

  it('are at most five hundred', async () => {
    for (let n = 0; n < 500; n += 1) await watch();
    await expect(watch()).rejects.toThrow('500 readers watch this instance already.');
  });

  it('of one tenant are at most a hundred, and fill no place of others', async () => {
    for (let n = 0; n < 100; n += 1) await watch('acme');
    await expect(watch('acme')).rejects.toThrow('100 readers of this tenant watch this instance already.');
    await watch('globex');
    await watch();
    expect(readers.count).toBe(102);
  });

  it('give way to a tenant with fewer, the newest of those with most first, when all places are taken', async () => {
    const [oldest] = [await watch('t0')];
    for (let n = 1; n < 99; n += 1) await watch('t0');
    const newest = await watch('t0');
    for (let n = 0; n < 400; n += 1) await watch(`t${1 + (n % 5)}`);
    const newcomer = await watch('globex');
    expect([oldest?.writableEnded, newest.writableEnded, newcomer.writableEnded]).toEqual([
      false,
      true,
      false,
    ]);
    expect(readers.count).toBe(500);
  });

  it('are let go when the time of their token is over', async () => {
    const [short, long] = [await watch('acme', 20_000), await watch()];
    readers.sendHeartbeats();
    expect([short.writableEnded, long.writableEnded]).toEqual([false, false]);
    readers.sendHeartbeats();
    expect([short.writableEnded, long.writableEnded]).toEqual([true, false]);
    for (let n = 2; n < 60; n += 1) readers.sendHeartbeats();
    expect(long.writableEnded).toBe(true);
  });

  it('are gone when the last of them has left', async () => {
    const answer = await watch();
    expect(schedule.getIntervals()).toHaveLength(2);
    answer.destroy();
    expect(schedule.getIntervals()).toEqual([]);
  });
});
