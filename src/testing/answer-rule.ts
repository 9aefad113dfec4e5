import type { OutgoingHttpHeaders } from 'node:http';
import type { ReceivedRequest } from './received-request.js';

/** The answer to a request. */
export interface ReceiverAnswer {
  status?: number;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** The delay of the answer, milliseconds. */
  delayMs?: number;
  /** Whether the receiver never answers. */
  hang?: boolean;
}

/** A status, a list of statuses for successive requests, or a function that answers each request. */
export type AnswerRule =
  number | number[] | ((request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>);

/** Answers a request. */
export type Answering = (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>;

/** Makes a function of a rule. */
export function toAnswering(rule: AnswerRule): Answering {
  if (typeof rule === 'function') return rule;
  const statuses = Array.isArray(rule) ? rule.slice() : [rule];
  return () => ({ status: (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200 });
}
