// Loaded before the program: its wall clock is wrong by so many milliseconds, and by others when it is told so. As when a
// machine's clock is set; the monotonic clock and timers go on.
const RealDate = Date;
let wrongByMs = Number(process.env.CHAOS_CLOCK_WRONG_BY_MS ?? 0);

const now = () => RealDate.now() + wrongByMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});
RealDate.prototype.constructor = globalThis.Date;

process.on('message', (message) => {
  wrongByMs = message.clockWrongByMs;
});
// The program ends when it has nothing left to do.
process.channel?.unref();
