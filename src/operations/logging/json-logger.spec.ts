import { Logger } from '@nestjs/common';
import { JsonLogger } from './json-logger.js';

const [DELIVERY, EVENT, WEBHOOK] = [1, 2, 3].map((n) => `01a20bd0-cf40-7000-8000-00000000000${n}`);

describe('JsonLogger', () => {
  let lines: Record<string, unknown>[];
  const logAt = (level: string) =>
    new JsonLogger(level, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });

  beforeEach(() => {
    lines = [];
  });

  it('has time, level, context and message', () => {
    logAt('log').warn('Leases could not be renewed now.', 'Retrier');
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        context: 'Retrier',
        msg: 'Leases could not be renewed now.',
      },
    ]);
  });

  it('has the ids that a line names', () => {
    const sentence = `The attempt 2 of delivery ${DELIVERY}, event ${EVENT} for webhook ${WEBHOOK}, failed.`;
    logAt('log').error(sentence, 'Delivery');
    expect(lines).toMatchObject([
      { deliveryId: DELIVERY, eventId: EVENT, webhookId: WEBHOOK, msg: sentence },
    ]);
    logAt('log').log(`Webhook ${WEBHOOK} (shop) was disabled.`, 'Delivery');
    expect(lines[1]).toMatchObject({ webhookId: WEBHOOK });
    expect(lines[1]).not.toHaveProperty('deliveryId');
  });

  it('has the stack of what failed', () => {
    const error = new Error('It broke.');
    logAt('log').error(error.message, error.stack, 'Delivery');
    logAt('log').error(error);
    expect(lines).toMatchObject([
      { msg: 'It broke.', context: 'Delivery', stack: error.stack },
      { msg: 'It broke.', stack: error.stack },
    ]);
  });

  it.each([
    ['error', ['error', 'fatal']],
    ['warn', ['error', 'fatal', 'warn']],
    ['log', ['error', 'fatal', 'warn', 'info']],
    ['debug', ['error', 'fatal', 'warn', 'info', 'debug']],
    ['verbose', ['error', 'fatal', 'warn', 'info', 'debug', 'trace']],
  ])('at level %s has %j', (level, written) => {
    const log = logAt(level);
    log.error('1');
    log.fatal('2');
    log.warn('3');
    log.log('4');
    log.debug('5');
    log.verbose('6');
    expect(lines.map((line) => line['level'])).toEqual(written);
  });

  it('takes what Nest’s own loggers give it', () => {
    Logger.overrideLogger(logAt('log'));
    try {
      new Logger('Delivery').error('It broke.', 'Error: It broke.\n    at here');
      new Logger('RoutesResolver').log('Mapped {/admin, GET} route');
    } finally {
      Logger.overrideLogger(false);
    }
    expect(lines).toMatchObject([{ context: 'Delivery', stack: 'Error: It broke.\n    at here' }]);
    expect(lines).toHaveLength(1);
  });
});
