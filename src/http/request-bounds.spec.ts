import fc from 'fast-check';
import { EnvelopeError } from './envelope-error.js';
import { LONGEST_SEGMENT, LONGEST_TARGET, MOST_PARAMETERS, findTargetProblem } from './request-bounds.js';

const statusOf = (target: string) => findTargetProblem(target)?.getStatus() ?? null;

describe('a request’s target', () => {
  it.each<[string, string, number | null]>([
    ['a path', '/admin/webhooks', null],
    ['the longest segment', `/${'a'.repeat(LONGEST_SEGMENT)}`, null],
    ['a longer segment', `/${'a'.repeat(LONGEST_SEGMENT + 1)}/a`, 404],
    ['a long value of a query', `/a?b=${'c'.repeat(LONGEST_SEGMENT + 1)}`, null],
    ['the longest query', `/a?${'b'.repeat(LONGEST_TARGET - 3)}`, null],
    ['a longer query', `/a?${'b'.repeat(LONGEST_TARGET - 2)}`, 414],
    ['the most parameters', `/a?${'b&'.repeat(MOST_PARAMETERS - 1)}`, null],
    ['more parameters', `/a?${'b&'.repeat(MOST_PARAMETERS)}`, 400],
    ['ampersands in a path', `/${'&'.repeat(LONGEST_SEGMENT)}`, null],
  ])('%s', (_, target, status) => {
    expect(statusOf(target)).toBe(status);
  });

  it('is fine or has a problem that is the caller’s, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20_000, size: 'max' }), (target) => {
        const problem = findTargetProblem(target);
        if (target.length > LONGEST_TARGET) expect(problem).not.toBeNull();
        if (problem !== null) {
          expect(problem).toBeInstanceOf(EnvelopeError);
          expect(problem.getStatus()).toBeLessThan(500);
        }
      }),
      { numRuns: 200 },
    );
  });
});
