import type { compileFilter } from '../../src/webhooks/filters/compile-filter.js';

export function listMissingCases(functions: Iterable<string>, methods: Iterable<string>): string[];

export function measureFilters(
  compile: typeof compileFilter,
  sizes?: number[],
  rounds?: number,
): { problems: string[]; slowdown: number };
