/** Test doubles for hosts: a receiver that records requests, a manual clock, and `flush` to deliver what is due. */
export { flush } from './flush.js';
export { ManualClock } from './manual-clock.js';
export {
  type AnswerRule,
  type ReceivedRequest,
  type Receiver,
  type ReceiverAnswer,
  startReceiver,
} from './receiver.js';
export { Clock } from '../host/clock.js';
