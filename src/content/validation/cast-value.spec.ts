import { castValue } from './cast-value.js';
import type { ScalarType } from '../content-type.js';

describe('castValue', () => {
  it.each<[ScalarType, unknown, unknown]>([
    ['integer', '12', 12],
    ['integer', ' 1 2 ', 12],
    ['integer', '1.5', 1.5],
    ['integer', '', ''],
    ['integer', '0x10', '0x10'],
    ['integer', true, true],
    ['float', '1e3', 1000],
    ['decimal', '-.5', -0.5],
    ['boolean', 'true', true],
    ['boolean', 'FALSE', false],
    ['boolean', 1, true],
    ['boolean', '0', false],
    ['boolean', 'yes', 'yes'],
    ['boolean', null, null],
    ['enumeration', 1, '1'],
    ['date', '2020-01-31T12:00:00.000Z', '2020-01-31'],
    ['date', '2020-01-31', '2020-01-31'],
    ['date', '31.1.2020', '31.1.2020'],
    ['datetime', '2020-01-31', '2020-01-31T00:00:00.000Z'],
    ['datetime', '2020-01-31T12:00', '2020-01-31T12:00Z'],
    ['datetime', 1_580_472_000_000, '2020-01-31T12:00:00.000Z'],
    ['datetime', '1580472000000', '2020-01-31T12:00:00.000Z'],
    ['datetime', '9999999999999999', '9999999999999999'],
    ['string', 12, 12],
    ['json', '{"a":1}', '{"a":1}'],
    ['time', '12:30', '12:30'],
  ])('casts for %s %j to %j', (type, value, expected) => {
    expect(castValue(type, value)).toEqual(expected);
  });
});
