import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, isIP } from 'node:net';
import type { Agent, buildConnector } from 'undici';
import { createSsrfGuardedAgent } from '../../src/delivery/sending/ssrf-guarded-agent.js';
import { createMachineResolver } from '../../src/delivery/sending/names/machine-resolver.js';
import type { NameResolver } from '../../src/delivery/sending/names/name-resolver.js';
import { AddressPolicy } from '../../src/webhooks/addresses/address-policy.js';
import { LOOPBACK_SPELLINGS, PUBLIC_HOSTS, REFUSED_HOSTS } from '../support/addresses.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';

/** What names come to, one answer after another; the last one holds on. */
type Answers = Readonly<Record<string, readonly (readonly string[])[]>>;

const PUBLIC = '93.184.215.14';

/** Names whose answers change, and how many of so many requests may get anywhere. */
const FLIPPING: readonly [
  what: string,
  answers: readonly (readonly string[])[],
  reached: readonly string[],
][] = [
  ['public, then loopback', [[PUBLIC], ['127.0.0.1']], [PUBLIC]],
  ['loopback, then public', [['127.0.0.1'], [PUBLIC]], [PUBLIC, PUBLIC]],
  ['public, then the metadata service', [[PUBLIC], ['169.254.169.254']], [PUBLIC]],
  ['public, then mapped loopback', [[PUBLIC], ['::ffff:127.0.0.1']], [PUBLIC]],
  ['public, then IPv6 loopback', [[PUBLIC], ['::1']], [PUBLIC]],
  ['public, then private, NAT64', [[PUBLIC], ['64:ff9b::a00:1']], [PUBLIC]],
  ['public, then private, 6to4', [[PUBLIC], ['2002:c0a8:101::']], [PUBLIC]],
  ['public, private, public', [[PUBLIC], ['10.0.0.1'], [PUBLIC]], [PUBLIC, PUBLIC]],
  ['private beside public', [['10.0.0.1', PUBLIC]], [PUBLIC, PUBLIC, PUBLIC]],
  ['public beside private', [[PUBLIC, '10.0.0.1']], [PUBLIC, PUBLIC, PUBLIC]],
  ['private always', [['192.168.0.1', 'fd00::1']], []],
  ['the unspecified address', [['0.0.0.0']], []],
];

function testResolver(answers: Answers): NameResolver {
  const left = new Map(Object.entries(answers).map(([name, all]) => [name, all.slice()]));
  return async (name): Promise<LookupAddress[]> => {
    const rest = left.get(name) ?? [];
    const addresses = (rest.length > 1 ? rest.shift() : rest[0]) ?? [];
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
}

const noNames: NameResolver = async () => [];

describe(`${REFUSED_HOSTS.length + PUBLIC_HOSTS.length + FLIPPING.length} addresses, spellings and names`, () => {
  let listener: Receiver;
  let agent: Agent;
  /** The addresses that sockets were made for. */
  let reached: string[];

  /** Every socket is one to the listener, whatever address it was made for: what is let through arrives there. */
  const allToTheListener: typeof buildConnector =
    (options = {}) =>
    (target, callback) => {
      const go = (address: string) => {
        reached.push(address);
        const socket = connect(listener.port, '127.0.0.1', () => {
          Object.defineProperty(socket, 'remoteAddress', { value: address });
          callback(null, socket);
        });
      };
      if (isIP(target.hostname) !== 0) {
        go(target.hostname);
        return;
      }
      const { lookup } = options as { lookup: LookupLike };
      lookup(target.hostname, { all: true }, (error, addresses) => {
        if (error) callback(error, null);
        else go(addresses[0]?.address ?? '');
      });
    };

  const useAgent = (resolve: NameResolver, connector?: typeof buildConnector) => {
    agent = createSsrfGuardedAgent({
      policy: new AddressPolicy([]),
      resolve,
      ...(connector ? { connector } : {}),
    });
  };

  beforeAll(async () => {
    listener = await startReceiver();
    listener.answer(() => ({ status: 204, headers: { connection: 'close' } }));
  });

  beforeEach(() => {
    reached = [];
    listener.requests.length = 0;
  });

  afterEach(() => agent.destroy());
  afterAll(() => listener.close());

  it(`of ${REFUSED_HOSTS.length} that must not be reached 0 reach the listener`, async () => {
    useAgent(noNames, allToTheListener);
    const outcomes = await Promise.all(
      REFUSED_HOSTS.map(async ([host, what]) => [host, what, await outcomeOf(agent, host, listener.port)]),
    );
    expect(outcomes).toEqual(REFUSED_HOSTS.map(([host, what]) => [host, what, 'ADDRESS_REFUSED']));
    expect(reached).toEqual([]);
    expect(listener.requests).toHaveLength(0);
  });

  it(`all ${PUBLIC_HOSTS.length} that are public pass`, async () => {
    useAgent(noNames, allToTheListener);
    const outcomes = await Promise.all(
      PUBLIC_HOSTS.map(async ([host, what]) => [host, what, await outcomeOf(agent, host, listener.port)]),
    );
    expect(outcomes).toEqual(PUBLIC_HOSTS.map(([host, what]) => [host, what, 204]));
    expect(listener.requests).toHaveLength(PUBLIC_HOSTS.length);
  });

  it.each(FLIPPING)('a name that is %s leads to public addresses alone', async (_, answers, expected) => {
    useAgent(testResolver({ 'flips.test': answers }), allToTheListener);
    const outcomes: unknown[] = [];
    for (let n = 0; n < 3; n += 1) outcomes.push(await outcomeOf(agent, 'flips.test', listener.port));
    const lastRepeats = expected.length > 0 && answers.at(-1)?.includes(PUBLIC);
    expect(reached).toEqual(expected);
    expect(new Set(reached).size).toBeLessThanOrEqual(1);
    expect(outcomes.filter((outcome) => outcome === 204)).toHaveLength(expected.length);
    expect(outcomes.at(-1)).toBe(lastRepeats ? 204 : 'ADDRESS_REFUSED');
    expect(listener.requests).toHaveLength(expected.length);
  });

  it('a socket that leads elsewhere than was said gets no byte of the request', async () => {
    const lying: typeof buildConnector = () => (_, callback) => {
      const socket = connect(listener.port, '127.0.0.1', () => callback(null, socket));
    };
    useAgent(noNames, lying);
    await expect(outcomeOf(agent, '8.8.8.8', listener.port)).resolves.toBe('ADDRESS_REFUSED');
    expect(listener.requests).toHaveLength(0);
  });
});

describe(`${LOOPBACK_SPELLINGS.length} spellings of this machine, and its names, with real sockets`, () => {
  const hosts = [...LOOPBACK_SPELLINGS, 'localhost', 'LOCALHOST', 'localhost.', 'a.localhost'];
  let servers: Server[];
  let port: number;
  let arrived: number;

  beforeAll(async () => {
    const listen = async (host: string, at: number) => {
      const server = createServer((_, response) => {
        arrived += 1;
        response.writeHead(204).end();
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(at, host, resolve);
      });
      return server;
    };
    const v4 = await listen('127.0.0.1', 0);
    ({ port } = v4.address() as AddressInfo);
    servers = [v4, await listen('::1', port)];
  });

  beforeEach(() => {
    arrived = 0;
  });

  afterAll(() => servers.forEach((server) => server.close().closeAllConnections()));

  const outcomesUnder = async (allowed: string[]) => {
    const agent = createSsrfGuardedAgent({
      policy: new AddressPolicy(allowed),
      resolve: createMachineResolver(),
    });
    try {
      return await Promise.all(hosts.map(async (host) => [host, await outcomeOf(agent, host, port)]));
    } finally {
      await agent.destroy();
    }
  };

  it('0 reach it when nothing is allowed', async () => {
    expect(await outcomesUnder([])).toEqual(hosts.map((host) => [host, 'ADDRESS_REFUSED']));
    expect(arrived).toBe(0);
  });

  it('all reach it when loopback is allowed', async () => {
    expect(await outcomesUnder(['127.0.0.0/8', '::1'])).toEqual(hosts.map((host) => [host, 204]));
    expect(arrived).toBe(hosts.length);
  });
});

type LookupLike = (
  hostname: string,
  options: { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** The status of the answer, or the code of the error. */
async function outcomeOf(agent: Agent, host: string, port: number): Promise<number | string> {
  const { origin } = new URL(`http://${host}:${port}`);
  try {
    const { statusCode, body } = await agent.request({ origin, path: '/', method: 'POST', body: 'x' });
    await body.dump();
    return statusCode;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
