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

/** @returns whether this is the statement at which the process ends */
function isLast(text, on) {
  const step = steps[next];
  if (!step || !new RegExp(step.sql, 's').test(text)) return false;
  if (next > 0 && !step.isElsewhere && on !== connection) return false;
  connection = on;
  next += 1;
  if (step.blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, step.blockMs);
  return next === steps.length;
}

// The packets of MySQL's protocol have the statement's text in them.
const write = Socket.prototype.write;
Socket.prototype.write = function (chunk, ...rest) {
  if (isLast(Buffer.from(chunk).toString('latin1'), this)) {
    if (when === 'before') die();
    this.prependOnceListener('data', die);
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
