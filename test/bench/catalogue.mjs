import { rowA } from './rows/row-a.mjs';
import { rowB, rowI, rowJ, rowsH } from './rows/row-b.mjs';
import { rowC } from './rows/row-c.mjs';
import { rowD } from './rows/row-d.mjs';
import { rowE, rowG } from './rows/row-e.mjs';
import { rowF } from './rows/row-f.mjs';
import { rowsL, rowsO } from './rows/row-l.mjs';
import { rowsK } from './rows/row-k.mjs';
import { rowsN } from './rows/row-n.mjs';
import { rowS } from './rows/row-s.mjs';

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} what
 * @property {string} unit behind the value, with its space if it has one
 * @property {string} how how it is taken, a clause
 * @property {('mysql' | 'redis' | 'strapi')[]} needs
 * @property {(bench: object) => Promise<{value: number}>} run
 */

/**
 * Rows that are taken in turn, round after round, so that the ratios between them are of neighbours in time.
 *
 * @type {{rows: Row[], repeats: (options: object) => number, only?: string, isExtra?: boolean}[]} `isExtra`: only where
 *   --rows names it
 */
export const GROUPS = [
  { rows: [rowA, rowB, rowC, ...rowsH, rowI], repeats: ({ repeat }) => repeat },
  { rows: [rowD, rowS], repeats: ({ repeat }) => repeat },
  { rows: [rowE, rowG], repeats: ({ repeat }) => repeat },
  { rows: rowsK, repeats: () => 1 },
  { rows: [rowB, rowF], repeats: ({ repeat }) => repeat, only: 'f' },
  { rows: [...rowsL, ...rowsO], repeats: ({ repeat }) => repeat },
  { rows: [rowJ], repeats: () => 1 },
  { rows: rowsN, repeats: ({ repeat }) => repeat, isExtra: true },
];

/**
 * What is asked of a row or of a ratio of two: `least` must be met, `aim` is hoped for. Times and memory are to be
 * below them, everything else above.
 *
 * @type {{row: string, over?: string, what?: string, least?: number, aim?: number, below?: boolean}[]}
 */
export const GOALS = [
  { row: 'b', over: 'a', least: 0.3, aim: 0.4 },
  { row: 'b', over: 'c', least: 1.3, aim: 2 },
  { row: 'h2', over: 'b' },
  { row: 'h4', over: 'b' },
  { row: 'i', over: 'b' },
  // On a machine on which Strapi makes 308/s these are 1,000 and 1,600.
  { row: 'd', over: 's', least: 3.25, aim: 5.2 },
  { row: 'd', least: 1000, aim: 1600 },
  { row: 'e', least: 25, aim: 10, below: true },
  { row: 'g', over: 'e', least: 1.3, aim: 1.05, below: true },
  { row: 'f', over: 'b', least: 0.9, aim: 0.98 },
  { row: 'l2', over: 'l1', least: 1.5, aim: 1.1, below: true },
  { row: 'o2', over: 'o1', least: 1.5, aim: 1.1, below: true },
  ...rowsN.map(({ id }) => ({ row: id, least: 1.5, aim: 1.1, below: true })),
  { row: 'j', least: 300, aim: 200, below: true },
];
