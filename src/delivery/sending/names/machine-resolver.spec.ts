import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type NameServer, startNameServer } from '../../../../test/support/name-server.js';
import { createDnsProbe, createDnsResolver } from './dns-resolver.js';
import { HostsFile, parseHosts } from './hosts-file.js';
import { createMachineResolver } from './machine-resolver.js';
import { deduplicateLookups, type NameResolver } from './name-resolver.js';

const PUBLIC = { address: '203.0.113.7', family: 4 };
const failing =
  (code: string): NameResolver =>
  async (name) => {
    throw Object.assign(new Error(`${code} ${name}`), { code });
  };
const never: NameResolver = () => new Promise(() => {});
const noHosts = { addressesOf: async () => [] };

describe('createMachineResolver', () => {
  it('takes what the hosts file has, and asks nobody', async () => {
    const hosts = { addressesOf: async () => [PUBLIC] };
    expect(await createMachineResolver({ hosts, dns: never, system: never })('a.test')).toEqual([PUBLIC]);
  });

  it.each(['localhost', 'LOCALHOST', 'a.localhost', 'localhost.'])('knows %s by itself', async (name) => {
    expect(await createMachineResolver({ hosts: noHosts, dns: never, system: never })(name)).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  it.each(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED'])('asks the system where DNS says %s', async (code) => {
    const names = createMachineResolver({ hosts: noHosts, dns: failing(code), system: async () => [PUBLIC] });
    expect(await names('printer')).toEqual([PUBLIC]);
  });

  it('tells of file descriptors that are out, not of a name that does not exist', async () => {
    const out = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    const hosts = { addressesOf: () => Promise.reject(out) };
    const names = createMachineResolver({ hosts, dns: never, system: never });
    await expect(names('a.test')).rejects.toMatchObject({ code: 'EMFILE' });
  });

  it.each([
    ['the fault of this side where no name server answers', false, 'EAI_AGAIN'],
    ["the name's own fault where one does", true, 'ETIMEOUT'],
  ])('calls a lookup without an answer %s', async (_, answers, code) => {
    const isAnswering = async () => answers;
    const names = createMachineResolver({
      hosts: noHosts,
      dns: failing('ETIMEOUT'),
      system: never,
      isAnswering,
    });
    await expect(names('a.test')).rejects.toMatchObject({ code });
  });

  it('asks the system for one name at a time, and for the next when one has ended, however it ends', async () => {
    const asked: string[] = [];
    const end = new Map<string, (error?: Error) => void>();
    const system: NameResolver = (name) =>
      new Promise((resolve, reject) => {
        asked.push(name);
        end.set(name, (error) => (error ? reject(error) : resolve([PUBLIC])));
      });
    const names = createMachineResolver({ hosts: noHosts, dns: failing('ENOTFOUND'), system });
    const lookups = ['a', 'b', 'c'].map((name) => names(name).catch((error: Error) => error.message));
    await wait(5);
    expect(asked).toEqual(['a']);
    end.get('a')?.(new Error('lost'));
    expect(await lookups[0]).toBe('lost');
    expect(asked).toEqual(['a', 'b']);
    end.get('b')?.();
    expect(await lookups[1]).toEqual([PUBLIC]);
    expect(asked).toEqual(['a', 'b', 'c']);
    end.get('c')?.();
    expect(await lookups[2]).toEqual([PUBLIC]);
  });

  it.each(['ETIMEOUT', 'ESERVFAIL'])(
    'does not let a name hold a thread of which DNS says %s',
    async (code) => {
      const names = createMachineResolver({ hosts: noHosts, dns: failing(code), system: never });
      await expect(names('hung.test')).rejects.toMatchObject({ code });
    },
  );
});

describe('deduplicateLookups', () => {
  it('asks once for those who come together, and again for who comes later', async () => {
    let asked = 0;
    const names = deduplicateLookups(async () => {
      asked += 1;
      return [PUBLIC];
    });
    await Promise.all([names('a'), names('a'), names('a'), names('b')]);
    expect(asked).toBe(2);
    await names('a');
    expect(asked).toBe(3);
  });
});

describe('createDnsResolver', () => {
  let server: NameServer;

  beforeEach(async () => {
    server = await startNameServer({ 'hooks.test': '203.0.113.7' });
  });

  afterEach(() => server.close());

  it('finds what the name server has, and tells what it has not', async () => {
    const names = createDnsResolver({ servers: [server.address] });
    expect(await names('hooks.test')).toEqual([PUBLIC]);
    await expect(names('unknown.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('answers one name while a hundred hang, which end with a time-out', async () => {
    const names = createDnsResolver({ servers: [server.address], tryMs: 1_000, tries: 1 });
    const hung = Array.from({ length: 100 }, (_, n) =>
      names(`${n}.hang.test`).catch(({ code }: NodeJS.ErrnoException) => code),
    );
    await server.asked(100);
    const first = await Promise.race([names('hooks.test'), ...hung]);
    expect(first).toEqual([PUBLIC]);
    expect(new Set(await Promise.all(hung))).toEqual(new Set(['ETIMEOUT']));
  });
});

describe('createDnsProbe', () => {
  it('tells whether a name server answers, be it that it knows nothing', async () => {
    const server = await startNameServer({});
    const isAnswering = createDnsProbe({ servers: [server.address], tryMs: 500 });
    expect(await Promise.all([isAnswering(), isAnswering()])).toEqual([true, true]);
    await server.close();
    expect(await isAnswering()).toBe(false);
  });
});

describe('HostsFile', () => {
  it('reads addresses, aliases and comments, whatever the case', () => {
    const text =
      '# 9.9.9.9 no\n127.0.0.1 localhost\n10.0.0.1\tDB  db.internal # old: web\n::1 db\nnonsense db\n';
    expect(Object.fromEntries(parseHosts(text))).toEqual({
      localhost: [{ address: '127.0.0.1', family: 4 }],
      db: [
        { address: '10.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ],
      'db.internal': [{ address: '10.0.0.1', family: 4 }],
    });
  });

  it('is read again when it has changed, and may be missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-hosts-'));
    try {
      const file = join(folder, 'hosts');
      const hosts = new HostsFile(file);
      expect(await hosts.addressesOf('db')).toEqual([]);
      await writeFile(file, '10.0.0.1 db');
      expect(await hosts.addressesOf('DB.')).toEqual([{ address: '10.0.0.1', family: 4 }]);
      await writeFile(file, '10.0.0.1 db\n10.0.0.2 db');
      expect(await hosts.addressesOf('db')).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
