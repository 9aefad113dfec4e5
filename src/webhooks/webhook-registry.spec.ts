import type { EntityManager } from 'typeorm';
import { seal, SealError } from './secrets/seal.js';
import { WebhookEntity } from './webhook.entity.js';
import { WebhookRegistry } from './webhook-registry.js';

const KEY = Buffer.alloc(32, 1);
const LOST_KEY = Buffer.alloc(32, 2);

function registryOver(rows: WebhookEntity[]) {
  const manager = { find: async () => rows } as unknown as EntityManager;
  const registry = new WebhookRegistry({
    contentTypeUids: [],
    defaults: { timeoutMs: 1 },
    secretsKeys: [KEY],
    httpsOnly: false,
    allowedNetworks: [],
    cloudEventsSource: '/posthorn',
  });
  return registry.all(manager);
}

const row = (id: string, secret: string) =>
  Object.assign(new WebhookEntity(), { id, name: id, secret, tls: null });

describe('WebhookRegistry', () => {
  it('unseals a secret when it is read, and shows none sealed', async () => {
    const [webhook] = await registryOver([row('a', seal('whsec_a', 'a', [KEY]))]);
    expect(webhook?.secrets).toEqual(['whsec_a']);
    expect(webhook).not.toHaveProperty('secret');
  });

  it('lets no webhook suffer from the lost key of another', async () => {
    const [lost, whole] = await registryOver([
      row('lost', seal('whsec_l', 'lost', [LOST_KEY])),
      row('whole', seal('whsec_w', 'whole', [KEY])),
    ]);
    expect(() => lost?.secrets).toThrow(SealError);
    expect(whole?.secrets).toEqual(['whsec_w']);
  });

  it('does not open the secret of another webhook', async () => {
    const [swapped] = await registryOver([row('b', seal('whsec_a', 'a', [KEY]))]);
    expect(() => swapped?.secrets).toThrow(SealError);
  });
});
