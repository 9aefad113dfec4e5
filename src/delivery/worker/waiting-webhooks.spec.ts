import type { Claim, ClaimRequest } from '../model/claim.js';
import { WaitingWebhooks } from './waiting-webhooks.js';

const NOW = 1_000;
const due = (webhookId: string, dueAt = NOW) => ({ webhookId, dueAt });
const request = (id: string, count: number, isProbe = false) =>
  ({ webhook: { id }, count, isProbe }) as ClaimRequest;
const claims = (id: string, count: number) =>
  Array.from({ length: count }, () => ({ webhook: { id } }) as Claim);

/** A poll that has found deliveries of `w` due. */
function polled(): WaitingWebhooks {
  const webhooks = new WaitingWebhooks();
  webhooks.beginPoll();
  webhooks.noteFound(['w', 'other'], [due('w'), due('other', NOW + 1)], NOW);
  return webhooks;
}

describe('WaitingWebhooks', () => {
  it('knows nothing before a poll has looked', () => {
    const webhooks = new WaitingWebhooks();
    expect(webhooks.isKnown).toBe(false);
    webhooks.noteNothing();
    expect(webhooks.isKnown).toBe(true);
  });

  it('has those of which something is due, and not those that are due later', () => {
    const webhooks = polled();
    expect([webhooks.has('w'), webhooks.has('other')]).toEqual([true, false]);
  });

  it.each<[string, number, number, boolean, boolean]>([
    ['less than was asked for was claimed', 3, 2, false, false],
    ['as much as was asked for was claimed', 3, 3, false, true],
    ['nothing was claimed: others hold it', 3, 0, false, true],
    ['one was claimed to try the receiver', 2, 1, true, true],
  ])('where %s: still waits', (_, asked, claimed, isProbe, stillWaits) => {
    const webhooks = polled();
    webhooks.noteClaimed([request('w', asked, isProbe)], claims('w', claimed));
    expect(webhooks.has('w')).toBe(stillWaits);
  });

  it('keeps what was written while the poll ran, whatever the poll found', () => {
    const webhooks = polled();
    webhooks.noteWritten(['w', 'fresh']);
    webhooks.noteClaimed([request('w', 3)], claims('w', 1));
    webhooks.noteFound(['fresh'], [], NOW);
    webhooks.noteNothing();
    expect([webhooks.has('w'), webhooks.has('fresh')]).toEqual([true, true]);
    webhooks.beginPoll();
    webhooks.noteNothing();
    expect([webhooks.has('w'), webhooks.has('fresh')]).toEqual([false, false]);
  });
});
