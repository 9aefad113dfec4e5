import { compileFilter } from '../../src/webhooks/filters/compile-filter.js';
import { FILTER_FUNCTIONS, FILTER_METHODS } from '../../src/webhooks/filters/filter-environment.js';
import { listMissingCases, measureFilters } from './filter-costs.mjs';

describe('The cost of a filter', () => {
  it('is tried for every function of the language', () => {
    expect(listMissingCases(FILTER_FUNCTIONS, FILTER_METHODS)).toEqual([]);
    expect(listMissingCases(['split'], FILTER_METHODS)).toEqual(['split']);
  });

  it('grows with the event, and not faster', () => {
    expect(measureFilters(compileFilter, [1_000, 2_000, 4_000], 0).problems).toEqual([]);
  });
});
