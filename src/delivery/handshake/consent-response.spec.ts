import { getAskDelayMs, parseConsent } from './consent-response.js';

const asIs = (text: string): string => text;

describe('parseConsent', () => {
  it.each([
    ['the origin itself', { 'webhook-allowed-origin': 'posthorn.example.com' }, null],
    ['it in other letters', { 'webhook-allowed-origin': 'Posthorn.Example.COM' }, null],
    ['everyone', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' }, null],
    ['a list that has it', { 'webhook-allowed-origin': 'a.example, posthorn.example.com' }, null],
    ['a rate', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '120' }, 120],
    ['a rate that is none', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '0' }, null],
    ['a rate in words', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': 'many' }, null],
  ])('is given to %s', (_, headers, allowedRate) => {
    expect(parseConsent(headers, 'posthorn.example.com', asIs)).toEqual({
      isGiven: true,
      allowedRate,
      problem: null,
    });
  });

  it.each([
    ['nothing', {}, /no WebHook-Allowed-Origin/],
    ['an empty header', { 'webhook-allowed-origin': ' ' }, /no WebHook-Allowed-Origin/],
    ['another origin', { 'webhook-allowed-origin': 'else.example.com' }, /else\.example\.com, which is not/],
    ['a rate alone', { 'webhook-allowed-rate': '120' }, /no WebHook-Allowed-Origin/],
  ])('is not given by %s', (_, headers, problem) => {
    const consent = parseConsent(headers, 'posthorn.example.com', asIs);
    expect(consent).toMatchObject({ isGiven: false, allowedRate: null });
    expect(consent.problem).toMatch(problem);
  });

  it('masks what the receiver echoes before it is cut', () => {
    const headers = { 'webhook-allowed-origin': `${'a'.repeat(195)} canary-token` };
    const mask = (text: string) => text.replace('canary-token', '•');
    expect(parseConsent(headers, 'posthorn.example.com', mask).problem).not.toContain('cana');
  });
});

describe('getAskDelayMs', () => {
  it.each([
    [1, 5_000],
    [2, 30_000],
    [6, 3_600_000],
    [100, 3_600_000],
  ])('after %i times is %i ms', (timesAsked, ms) => {
    expect(getAskDelayMs(timesAsked)).toBe(ms);
  });
});
