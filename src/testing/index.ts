/** What a host's tests need: a receiver that records, a clock that stands still, and a way to deliver what is due. */
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
