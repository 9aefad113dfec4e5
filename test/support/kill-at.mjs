// Preloaded into the program (`NODE_OPTIONS=--import …`): ends it by SIGKILL at a statement that it sends to its database.
import { createRequire } from 'node:module';
import { Socket } from 'node:net';

/**
 * `KILL_AT`, JSON: `steps`, of which each waits for the one before; the last one kills, `before` it is sent or `after` the
 * database has answered. A step is `{sql, blockMs?, isElsewhere?}`: what the statement must match, for how long the whole
 * process stands still first, and whether another connection may send it than the step before.
 */
const { steps, when } = JSON.parse(process.env.KILL_AT);
let next = 0;
let connection = null;

const die = () => process.kill(process.pid, 'SIGKILL');

/** A packet may have several statements, and with them several steps. @returns whether it has the last one */
function isLast(text, on) {
  let rest = text;
  for (;;) {
    const step = steps[next];
    const found = step && new RegExp(step.sql, 's').exec(rest);
    if (!found) return false;
    if (next > 0 && !step.isElsewhere && on !== connection) return false;
    connection = on;
    next += 1;
    if (step.blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, step.blockMs);
    if (next === steps.length) return true;
    rest = rest.slice(found.index + found[0].length);
  }
}

const OK = 0;
const MORE_RESULTS = 8;

/** Whether the answer of the last statement of a packet is among these answers. */
function isWholeAnswer(data) {
  let isMore = false;
  for (let at = 0; at + 4 <= data.length; at += 4 + data.readUIntLE(at, 3)) {
    // Behind the OK stand two small numbers, then the status.
    isMore = data[at + 4] === OK && (data.readUInt16LE(at + 7) & MORE_RESULTS) !== 0;
  }
  return !isMore;
}

// The packets of MySQL's protocol have the statements' text in them.
const write = Socket.prototype.write;
Socket.prototype.write = function (chunk, ...rest) {
  if (isLast(Buffer.from(chunk).toString('latin1'), this)) {
    if (when === 'before') die();
    this.prependListener('data', (data) => isWholeAnswer(data) && die());
  }
  return write.call(this, chunk, ...rest);
};

const Database = createRequire(import.meta.url)('better-sqlite3');
const prepare = Database.prototype.prepare;
Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  for (const name of ['run', 'all']) {
    const method = statement[name];
    statement[name] = function (...values) {
      const last = isLast(`${sql} ${JSON.stringify(values)}`, Database);
      if (last && when === 'before') die();
      const result = method.apply(statement, values);
      if (last) die();
      return result;
    };
  }
  return statement;
};
