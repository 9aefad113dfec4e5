import { Logger } from '@nestjs/common';
import type { Attempt } from '../model/attempt.js';
import type { Owner } from '../model/owner.js';
import type { DeliveryOptions } from '../options/delivery-options.js';
import { HostBreakers, isConnectFailure } from './host-breakers.js';

const attempt = (init: Partial<Attempt>) =>
  ({ statusCode: null, error: 'failed', errorCode: null, ...init }) as Attempt;
const REFUSED = attempt({ errorCode: 'ECONNREFUSED' });
const ANSWERED = attempt({ statusCode: 500, error: null });

const health = {
  breaker: { failureShare: 0.5, leastAttempts: 20, windowMs: 60_000, openMs: 30_000, longestOpenMs: 100_000 },
};

const webhook = (id: string, tenant: string | null, url: string): Owner => ({ id, tenant, url });
const ONE = webhook('1', 'a', 'https://dead.example/one');
const TWO = webhook('2', 'a', 'https://dead.example/two');
const OTHER_HOST = webhook('3', 'a', 'https://well.example/');
const OTHER_TENANT = webhook('4', 'b', 'https://dead.example/one');

describe('isConnectFailure', () => {
  it.each<[string, Partial<Attempt>, boolean]>([
    ['a refused connection', { errorCode: 'ECONNREFUSED' }, true],
    ['a name without an address', { errorCode: 'ENOTFOUND' }, true],
    ['a deadline before there was a connection', { errorCode: 'TIMEOUT', hasConnected: false }, true],
    ['a request that hangs', { errorCode: 'TIMEOUT', hasConnected: true }, false],
    ['a deadline of which that is not known', { errorCode: 'TIMEOUT' }, false],
    ['an answer of any status', { statusCode: 503, errorCode: null }, false],
    ['a connection that was cut', { errorCode: 'ECONNRESET' }, false],
    ['an address that may not be reached', { errorCode: 'ADDRESS_REFUSED' }, false],
    ['a certificate that nobody trusts', { errorCode: 'SELF_SIGNED_CERT_IN_CHAIN' }, false],
    ['a name server that is away', { errorCode: 'EAI_AGAIN' }, false],
  ])('%s', (_, init, expected) => {
    expect(isConnectFailure(attempt(init))).toBe(expected);
  });
});

describe('HostBreakers', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  function setUp(egressProxy: DeliveryOptions['egressProxy'] = null) {
    const clock = { at: 1_000_000, now: () => clock.at };
    const breakers = new HostBreakers({ health, egressProxy } as DeliveryOptions, clock);
    const record = (owner: Owner, one: Attempt, times: number) =>
      Array.from({ length: times }, () => breakers.record(owner, one)).filter(Boolean).length;
    return { clock, breakers, record };
  }

  it('opens for all webhooks of a tenant at a host that takes no connections, and for nobody else', () => {
    const { breakers, record } = setUp();
    expect(record(ONE, REFUSED, 19)).toBe(0);
    expect(breakers.getAllowance(TWO)).toBe('all');
    expect(record(TWO, REFUSED, 1)).toBe(1);
    expect([ONE, TWO, OTHER_HOST, OTHER_TENANT].map((one) => breakers.getAllowance(one))).toEqual([
      'none',
      'none',
      'all',
      'all',
    ]);
  });

  it.each([
    ['answers with errors', ANSWERED],
    ['hangs', attempt({ errorCode: 'TIMEOUT', hasConnected: true })],
  ])('stays closed where the receiver %s', (_, one) => {
    const { breakers, record } = setUp();
    expect(record(ONE, REFUSED, 5)).toBe(0);
    expect(record(ONE, one, 100)).toBe(0);
    expect(breakers.getAllowance(ONE)).toBe('all');
  });

  it('lets one probe through after the pause, and closes when it connects', () => {
    const { clock, breakers, record } = setUp();
    record(ONE, REFUSED, 20);
    clock.at += 30_000;
    expect(breakers.getAllowance(TWO)).toBe('probe');
    breakers.beginProbe(TWO);
    expect([ONE, TWO].map((one) => breakers.getAllowance(one))).toEqual(['none', 'none']);
    record(TWO, ANSWERED, 1);
    expect([ONE, TWO].map((one) => breakers.getAllowance(one))).toEqual(['all', 'all']);
  });

  it('stays open for twice as long when the probe does not connect, and forgets a probe that was lost', () => {
    const { clock, breakers, record } = setUp();
    record(ONE, REFUSED, 20);
    clock.at += 30_000;
    breakers.beginProbe(ONE);
    record(ONE, REFUSED, 1);
    clock.at += 59_999;
    expect(breakers.getAllowance(ONE)).toBe('none');
    clock.at += 1;
    breakers.beginProbe(ONE);
    clock.at += 60_000;
    expect(breakers.getAllowance(ONE)).toBe('probe');
  });

  it('lets another probe go at once for one that was not sent', () => {
    const { clock, breakers, record } = setUp();
    record(ONE, REFUSED, 20);
    breakers.abandonProbe(ONE);
    expect(breakers.getAllowance(ONE)).toBe('none');
    clock.at += 30_000;
    breakers.beginProbe(ONE);
    breakers.abandonProbe(OTHER_TENANT);
    expect(breakers.getAllowance(TWO)).toBe('none');
    breakers.abandonProbe(ONE);
    expect(breakers.getAllowance(TWO)).toBe('probe');
  });

  it('makes no pause longer when the clock is set back', () => {
    const { clock, breakers, record } = setUp();
    record(ONE, REFUSED, 20);
    clock.at -= 600_000;
    expect(breakers.getAllowance(ONE)).toBe('probe');
  });

  it('blames no host for a proxy that takes no connections', () => {
    const { record } = setUp({ origin: 'http://proxy:3128', authorization: null });
    expect(record(ONE, REFUSED, 100)).toBe(0);
  });
});
