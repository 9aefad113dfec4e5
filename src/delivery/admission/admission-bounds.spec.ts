import type { AdmissionBounds, AdmissionObstacle } from '../options/admission-limits.js';
import { findPassedBound } from './admission-bounds.js';

const OFF: AdmissionBounds = { pendingDeliveries: 0, unsentBytes: 0, freeBytes: 0 };
const UNKNOWN = { pendingDeliveries: null, unsentBytes: null, freeBytes: null };

describe('The bounds of what is recorded', () => {
  it.each<[keyof AdmissionBounds, number, number, AdmissionObstacle | null, boolean]>([
    // bound, limit, reading, what closed it before, whether it is past
    ['pendingDeliveries', 100, 99, null, false],
    ['pendingDeliveries', 100, 100, null, true],
    ['pendingDeliveries', 100, 100, 'pendingDeliveries', true],
    ['pendingDeliveries', 100, 91, 'pendingDeliveries', true],
    ['pendingDeliveries', 100, 90, 'pendingDeliveries', false],
    ['pendingDeliveries', 100, 95, 'freeBytes', false],
    ['pendingDeliveries', 1, 0, 'pendingDeliveries', false],
    ['pendingDeliveries', 1, 1, 'pendingDeliveries', true],
    ['pendingDeliveries', 0, 1_000_000, null, false],
    ['unsentBytes', 1_000, 999, null, false],
    ['unsentBytes', 1_000, 1_000, null, true],
    ['unsentBytes', 1_000, 901, 'unsentBytes', true],
    ['unsentBytes', 1_000, 900, 'unsentBytes', false],
    ['unsentBytes', 0, 1_000, null, false],
    ['freeBytes', 1_000, 1_000, null, false],
    ['freeBytes', 1_000, 999, null, true],
    ['freeBytes', 1_000, 1_099, 'freeBytes', true],
    ['freeBytes', 1_000, 1_100, 'freeBytes', false],
    ['freeBytes', 1_000, 1_000, 'diskFull', false],
    ['freeBytes', 0, 0, null, false],
  ])('%s of %d at %d, closed before by %s: past is %s', (bound, limit, value, closedBy, isPast) => {
    const passed = findPassedBound({ ...UNKNOWN, [bound]: value }, { ...OFF, [bound]: limit }, closedBy);
    expect(passed).toBe(isPast ? bound : null);
  });

  it('are not passed by what cannot be measured', () => {
    expect(findPassedBound(UNKNOWN, { pendingDeliveries: 1, unsentBytes: 1, freeBytes: 1 }, null)).toBeNull();
    expect(
      findPassedBound(UNKNOWN, { pendingDeliveries: 1, unsentBytes: 1, freeBytes: 1 }, 'freeBytes'),
    ).toBeNull();
  });

  it('name the disk first, because it endangers what is recorded already', () => {
    const reading = { pendingDeliveries: 5, unsentBytes: 5, freeBytes: 5 };
    expect(findPassedBound(reading, { pendingDeliveries: 1, unsentBytes: 1, freeBytes: 9 }, null)).toBe(
      'freeBytes',
    );
  });
});
