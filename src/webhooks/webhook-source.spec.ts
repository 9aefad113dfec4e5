import type { EntityManager } from 'typeorm';
import { seal, SealError } from './secrets/encryption.js';
import { sealValue } from './secrets/webhook-secrets.js';
import { WebhookEntity } from './model/webhook.entity.js';
import { WebhookSource } from './webhook-source.js';

const KEY = Buffer.alloc(32, 1);
const LOST_KEY = Buffer.alloc(32, 2);

function registryOver(rows: WebhookEntity[]) {
  const manager = { find: async () => rows } as unknown as EntityManager;
  const registry = new WebhookSource({
    contentTypeUids: [],
    defaults: { timeoutMs: 1 },
    secretsKeys: [KEY],
    httpsOnly: false,
    allowedNetworks: [],
    cloudEventsSource: '/posthorn',
  });
  return registry.all(manager);
}

const row = (id: string, secret: string, more: Partial<WebhookEntity> = {}) =>
  Object.assign(new WebhookEntity(), {
    id,
    name: id,
    secret,
    sealedHeaders: sealValue('{"X-Key":"a"}', id, 'headers', [KEY]),
    previousSecrets: null,
    tls: null,
    ...more,
  });
const ofNow = (secret: string) => ({ secret, expiresAt: null });

describe('WebhookRegistry', () => {
  it('unseals a secret when it is read, and shows none sealed', async () => {
    const [webhook] = await registryOver([row('a', seal('whsec_a', 'a', [KEY]))]);
    expect(webhook?.secrets).toEqual([ofNow('whsec_a')]);
    expect(webhook?.headers).toEqual({ 'X-Key': 'a' });
    for (const sealed of ['secret', 'sealedHeaders', 'previousSecrets', 'sealVersion']) {
      expect(webhook).not.toHaveProperty(sealed);
    }
  });

  it('has the secrets that were replaced behind the one of now', async () => {
    const previous = [{ secret: 'whsec_before', expiresAt: 5 }];
    const previousSecrets = sealValue(JSON.stringify(previous), 'a', 'previous', [KEY]);
    const [webhook] = await registryOver([
      row('a', sealValue('whsec_a', 'a', 'secret', [KEY]), { previousSecrets }),
    ]);
    expect(webhook?.secrets).toEqual([ofNow('whsec_a'), ...previous]);
  });

  it('reads what an earlier version stored: headers in the clear, a secret bound to its row alone', async () => {
    const [webhook] = await registryOver([
      row('a', seal('whsec_a', 'a', [KEY]), { sealedHeaders: '{"X":"b"}' }),
    ]);
    expect(webhook?.secrets).toEqual([ofNow('whsec_a')]);
    expect(webhook?.headers).toEqual({ X: 'b' });
  });

  it('lets no webhook suffer from the lost key of another', async () => {
    const [lost, whole] = await registryOver([
      row('lost', seal('whsec_l', 'lost', [LOST_KEY]), {
        sealedHeaders: sealValue('{}', 'lost', 'headers', [LOST_KEY]),
      }),
      row('whole', seal('whsec_w', 'whole', [KEY])),
    ]);
    expect(() => lost?.secrets).toThrow(SealError);
    expect(() => lost?.headers).toThrow(SealError);
    expect(whole?.secrets).toEqual([ofNow('whsec_w')]);
  });

  it('does not open the secret of another webhook', async () => {
    const [swapped] = await registryOver([row('b', seal('whsec_a', 'a', [KEY]))]);
    expect(() => swapped?.secrets).toThrow(SealError);
  });
});
