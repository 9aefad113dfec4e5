import type { EntityManager } from 'typeorm';
import { encrypt, EncryptionError } from './secrets/encryption.js';
import { encryptValue } from './secrets/webhook-secrets.js';
import { WebhookEntity } from './model/webhook.entity.js';
import { WebhookSource } from './webhook-source.js';

const KEY = Buffer.alloc(32, 1);
const LOST_KEY = Buffer.alloc(32, 2);

function webhooksOver(rows: WebhookEntity[]) {
  const manager = { find: async () => rows } as unknown as EntityManager;
  const source = new WebhookSource({
    contentTypeUids: [],
    defaults: { timeoutMs: 1 },
    secretsKeys: [KEY],
    httpsOnly: false,
    allowedNetworks: [],
    cloudEventsSource: '/posthorn',
    mostPerTenant: 0,
    portalMaySet: [],
    hiddenEvents: [],
  });
  return source.all(manager);
}

const row = (id: string, secret: string, more: Partial<WebhookEntity> = {}) =>
  Object.assign(new WebhookEntity(), {
    id,
    name: id,
    secret,
    sealedHeaders: encryptValue('{"X-Key":"a"}', id, 'headers', [KEY]),
    previousSecrets: null,
    tls: null,
    ...more,
  });
const ofNow = (secret: string) => ({ secret, expiresAt: null });

describe('WebhookSource', () => {
  it('unseals a secret when it is read, and shows none sealed', async () => {
    const [webhook] = await webhooksOver([row('a', encrypt('whsec_a', 'a', [KEY]))]);
    expect(webhook?.secrets).toEqual([ofNow('whsec_a')]);
    expect(webhook?.headers).toEqual({ 'X-Key': 'a' });
    for (const sealed of ['secret', 'sealedHeaders', 'previousSecrets', 'sealVersion']) {
      expect(webhook).not.toHaveProperty(sealed);
    }
  });

  it('has the secrets that were replaced behind the one of now', async () => {
    const previous = [{ secret: 'whsec_before', expiresAt: 5 }];
    const previousSecrets = encryptValue(JSON.stringify(previous), 'a', 'previous', [KEY]);
    const [webhook] = await webhooksOver([
      row('a', encryptValue('whsec_a', 'a', 'secret', [KEY]), { previousSecrets }),
    ]);
    expect(webhook?.secrets).toEqual([ofNow('whsec_a'), ...previous]);
  });

  it('reads what an earlier version stored: headers in the clear, a secret bound to its row alone', async () => {
    const [webhook] = await webhooksOver([
      row('a', encrypt('whsec_a', 'a', [KEY]), { sealedHeaders: '{"X":"b"}' }),
    ]);
    expect(webhook?.secrets).toEqual([ofNow('whsec_a')]);
    expect(webhook?.headers).toEqual({ X: 'b' });
  });

  it('lets no webhook suffer from the lost key of another', async () => {
    const [lost, whole] = await webhooksOver([
      row('lost', encrypt('whsec_l', 'lost', [LOST_KEY]), {
        sealedHeaders: encryptValue('{}', 'lost', 'headers', [LOST_KEY]),
      }),
      row('whole', encrypt('whsec_w', 'whole', [KEY])),
    ]);
    expect(() => lost?.secrets).toThrow(EncryptionError);
    expect(() => lost?.headers).toThrow(EncryptionError);
    expect([lost?.hasLostKey, whole?.hasLostKey]).toEqual([true, false]);
    expect(whole?.secrets).toEqual([ofNow('whsec_w')]);
  });

  it('does not open the secret of another webhook', async () => {
    const [swapped] = await webhooksOver([row('b', encrypt('whsec_a', 'a', [KEY]))]);
    expect(() => swapped?.secrets).toThrow(EncryptionError);
  });
});
