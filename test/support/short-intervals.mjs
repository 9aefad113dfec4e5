// Preloaded into the program: what it does every few seconds or once a minute, it does ten times a second.
const LONG_MS = 5_000;
const SHORT_MS = 100;

const { setInterval: start } = globalThis;
globalThis.setInterval = (run, ms, ...values) => start(run, ms >= LONG_MS ? SHORT_MS : ms, ...values);
