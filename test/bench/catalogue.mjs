import { rowA } from './rows/row-a.mjs';
import { rowB, rowI, rowJ, rowsH } from './rows/row-b.mjs';
import { rowC } from './rows/row-c.mjs';
import { rowD } from './rows/row-d.mjs';
import { rowE, rowG, rowU } from './rows/row-e.mjs';
import { rowF } from './rows/row-f.mjs';
import { rowsL, rowsO } from './rows/row-l.mjs';
import { rowsK } from './rows/row-k.mjs';
import { rowsN } from './rows/row-n.mjs';
import { rowS } from './rows/row-s.mjs';
import { rowsV } from './rows/row-v.mjs';
import { rowX } from './rows/row-x.mjs';
import { rowZ } from './rows/row-z.mjs';

/**
 * @typedef {object} Row
 * @property {string} id a letter, with a digit where it is one of several
 * @property {string} name what reports call it, and what --rows takes beside the letter
 * @property {string} what
 * @property {string} unit behind the value, with its space if it has one
 * @property {string} how how it is taken, a clause
 * @property {('mysql' | 'redis' | 'strapi')[]} needs
 * @property {boolean} [isNew] whether an older build cannot do it: it is not taken of the build of --against
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
  { rows: [rowE, rowG, rowU], repeats: ({ repeat }) => repeat },
  { rows: rowsV, repeats: ({ repeat }) => repeat },
  { rows: [rowX, rowZ], repeats: ({ repeat }) => repeat, isExtra: true },
  { rows: rowsK, repeats: () => 1 },
  { rows: [rowB, rowF], repeats: ({ repeat }) => repeat, only: 'f' },
  { rows: [...rowsL, ...rowsO], repeats: ({ repeat }) => repeat },
  { rows: [rowJ], repeats: () => 1 },
  { rows: rowsN, repeats: ({ repeat }) => repeat, isExtra: true },
];

const perChange = ({ statements: { Questions } = {} }) => Questions;
const commits = ({ statements: { Com_commit } = {} }) => Com_commit;
const processorTime = ({ cpuMicros: { posthorn, database } }) => posthorn + database;

/** In place of a row: the same row with the build of --against. */
export const OLD = 'old';

/**
 * What is asked of a row or of a ratio of two: `least` must be met, `aim` is hoped for. Times, costs and memory are to be
 * below them, everything else above. `of` picks a figure beside the row's value, which `what` then names.
 *
 * @type {{row: string, over?: string, what?: string, of?: (result: object) => number | undefined, least?: number,
 *   aim?: number, below?: boolean}[]}
 */
export const GOALS = [
  { row: 'b', over: 'a', least: 0.42, aim: 0.55 },
  { row: 'b', over: 'c', least: 2.5, aim: 3.5 },
  { row: 'h2', over: 'b' },
  { row: 'h4', over: 'b' },
  { row: 'i', over: 'b' },
  // On a machine on which Strapi makes 308/s these are 1,000 and 1,600.
  { row: 'd', over: 's', least: 5, aim: 8 },
  { row: 'd', least: 1000, aim: 1600 },
  { row: 'e', least: 25, aim: 10, below: true },
  { row: 'e', what: 'statements a change', of: perChange, least: 6, aim: 4.5, below: true },
  { row: 'e', what: 'commits a change', of: commits, least: 1.3, aim: 1.1, below: true },
  { row: 'e', over: OLD, least: 0.3, aim: 0.15, below: true },
  {
    row: 'e',
    over: OLD,
    what: 'call to answer',
    of: (one) => one.answerMs.p95,
    least: 1,
    aim: 0.6,
    below: true,
  },
  {
    row: 'e',
    over: OLD,
    what: 'call to receipt',
    of: (one) => one.fromRequestMs.p95,
    least: 0.5,
    aim: 0.35,
    below: true,
  },
  { row: 'u', what: 'statements an event', of: perChange, least: 5, aim: 3.5, below: true },
  { row: 'u', what: 'commits an event', of: commits, least: 1.2, aim: 1.05, below: true },
  { row: 'u', over: OLD, what: 'processor time', of: processorTime, least: 0.6, aim: 0.4, below: true },
  { row: 'v', over: OLD, least: 1.6, aim: 2.5 },
  { row: 'w', over: 'v' },
  { row: 'y', over: OLD, least: 1.2, aim: 1.6 },
  { row: 'z', least: 1150, aim: 800, below: true },
  { row: 'g', over: 'e', least: 1.3, aim: 1.05, below: true },
  { row: 'f', over: 'b', least: 0.9, aim: 0.98 },
  { row: 'l2', over: 'l1', least: 1.5, aim: 1.1, below: true },
  { row: 'o2', over: 'o1', least: 1.5, aim: 1.1, below: true },
  ...rowsN.flatMap(({ id }) => [
    { row: id, least: 1.5, aim: 1.1, below: true },
    { row: id, what: 'longest gap, ms', of: (one) => one.longestGapMs, least: 250, aim: 150, below: true },
  ]),
  { row: 'j', least: 220, aim: 180, below: true },
];
