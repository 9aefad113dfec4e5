import { computeLag } from './replica-beat.js';

const NOW = Date.UTC(2030, 0, 10, 12);

describe('the lag of a replica', () => {
  it.each<[string, number | null, number | null, number | null]>([
    ['is nothing where it has the newest beat of the primary', NOW - 1_000, NOW - 1_000, 0],
    ['is nothing where another instance has beaten since', NOW, NOW - 30_000, 0],
    ['is nothing where the primary is away, which beats no more', NOW - 60_000, NOW - 60_000, 0],
    ['is the age of its beat where a newer one is missing', NOW - 5_000, NOW - 1_000, 5_000],
    ['is not known before this instance has beaten', NOW - 5_000, null, null],
    ['is not known where it has no beat', null, NOW - 1_000, null],
    ['is not known where its beat is of a clock that was set back since', NOW + 3_600_000, NOW, null],
    ['is never negative', NOW + 1_000, NOW + 1_500, 0],
  ])('%s', (_, beat, written, lagMs) => {
    expect(computeLag(beat, written, NOW)).toBe(lagMs);
  });
});
