import { isUtf8 } from 'node:buffer';
import { describePlace, isSurrogateFree } from './json-limits.js';

/** Something in a JSON text that parsing it would change or drop. */
export interface JsonTextProblem {
  /** The path of the value; empty: the text as a whole. */
  path: string[];
  /** What is wrong and what to do, a sentence. */
  message: string;
}

/** An object or an array that the scan is inside of. */
interface Container {
  /** The keys of an object so far; null: an array. */
  keys: Set<string> | null;
  /** The key or the index of the current value. */
  at: string | number;
  /** Whether the next string is a key. */
  isKeyNext: boolean;
}

/** A number of this length without an exponent has at most 15 digits, which a double always keeps. */
const EXACT_LENGTH = 15;

/** A longer number is not compared digit by digit. */
const LONGEST_NUMBER = 1_000;

/** The levels that are looked through. Whoever parses the text refuses far fewer. */
const DEEPEST = 1_000;

/** The steps of a path that a problem names. */
const MOST_STEPS = 100;

const NUMBER_CHARACTERS = /[-+.0-9eE]+/y;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Finds the first thing in the bytes of a JSON body that would not arrive as it was sent: bytes that are not UTF-8, and
 * what {@link findJsonTextProblem} finds.
 */
export function findJsonBytesProblem(bytes: Buffer): JsonTextProblem | null {
  if (isUtf8(bytes)) return findJsonTextProblem(bytes.toString('utf8'));
  const decoded = Buffer.from(bytes.toString('utf8'));
  let at = 0;
  while (bytes[at] === decoded[at]) at += 1;
  return { path: [], message: `The request body is not UTF-8: the byte at ${at} begins no character` };
}

/**
 * Finds the first thing in a JSON text that `JSON.parse` would change or drop in silence: a number that a double does not
 * hold, half of a surrogate pair, and a key that an object has twice. Text that is no JSON, or that is nested deeper than
 * {@link DEEPEST}, gets null or any problem: parsing it says what is wrong. One pass, linear in the text's length.
 */
export function findJsonTextProblem(text: string): JsonTextProblem | null {
  const containers: Container[] = [];
  let nextEscape = -2;
  for (let index = 0; index < text.length && containers.length <= DEEPEST; index += 1) {
    const container = containers.at(-1);
    switch (text[index]) {
      case '{':
        containers.push({ keys: new Set(), at: '', isKeyNext: true });
        break;
      case '[':
        containers.push({ keys: null, at: 0, isKeyNext: false });
        break;
      case '}':
      case ']':
        containers.pop();
        break;
      case ',':
        if (container?.keys) container.isKeyNext = true;
        else if (container) container.at = (container.at as number) + 1;
        break;
      case '"': {
        const end = findStringEnd(text, index);
        if (nextEscape !== -1 && nextEscape < index) nextEscape = text.indexOf('\\', index);
        const hasEscape = nextEscape !== -1 && nextEscape < end;
        const problem = takeString(text.slice(index, end + 1), hasEscape, containers);
        if (problem) return problem;
        index = end;
        break;
      }
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9': {
        NUMBER_CHARACTERS.lastIndex = index;
        const [number] = NUMBER_CHARACTERS.exec(text) as RegExpExecArray;
        if (!isExact(number)) {
          return describe(containers, 'is a number that cannot be kept exactly: send it as text');
        }
        index += number.length - 1;
        break;
      }
      default:
    }
  }
  return null;
}

/** Whether a double is written with exactly the value of a JSON number: `1.0` and `1e2` yes, `9007199254740993` and `1e400` no. */
export function isExact(number: string): boolean {
  if (number.length <= EXACT_LENGTH && !/e/i.test(number)) return true;
  if (number.length > LONGEST_NUMBER) return false;
  const value = Number(number);
  // No number at all, of which the parser says so; or the digits that the double is written with.
  if (Number.isNaN(value) || String(value) === number) return true;
  return Number.isFinite(value) && normalizeNumber(number) === normalizeNumber(String(value));
}

/** Writes a number as its digits and an exponent, so that equal numbers are equal texts. */
function normalizeNumber(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[-+]/, '').split('.');
  const digits = whole + fraction;
  let first = 0;
  while (digits[first] === '0') first += 1;
  if (first === digits.length) return '0';
  let last = digits.length;
  while (digits[last - 1] === '0') last -= 1;
  const power = Number(exponent) - fraction.length + digits.length - last;
  return `${mantissa.startsWith('-') ? '-' : ''}${digits.slice(first, last)}e${power}`;
}

/** Returns the index of a string's closing quote; the end of the text where there is none. */
function findStringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function takeString(quoted: string, hasEscape: boolean, containers: Container[]): JsonTextProblem | null {
  const container = containers.at(-1);
  const isKey = container?.isKeyNext === true && container.keys !== null;
  const isSuspicious = hasEscape && SURROGATE_ESCAPE.test(quoted);
  if (!isKey && !isSuspicious) return null;
  const value = hasEscape ? decode(quoted) : quoted.slice(1, -1);
  if (value === null) return null;
  if (isSuspicious && !isSurrogateFree(value)) {
    if (isKey) containers.pop();
    const what = isKey ? 'has a key that is no text' : 'is no text';
    return describe(containers, `${what}: it contains half of a surrogate pair`);
  }
  if (!isKey) return null;
  container.at = value;
  container.isKeyNext = false;
  if (container.keys?.has(value)) return describe(containers, 'is there twice');
  container.keys?.add(value);
  return null;
}

function decode(quoted: string): string | null {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return null;
  }
}

function describe(containers: readonly Container[], what: string): JsonTextProblem {
  const path = containers.slice(0, MOST_STEPS).map(({ at }) => String(at));
  return { path, message: `${describePlace(path)} ${what}` };
}
