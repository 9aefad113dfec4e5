import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const JUMPING_CLOCK = new URL('./jumping-clock.mjs', import.meta.url).href;
const READY = /Posthorn is listening on (http:\/\/\S+)/;
/** After a start that failed, milliseconds: the database may be away. */
const NEXT_TRY_MS = 300;

/** The built program, started anew each time it ends. Each life of it has a name of its own: `2.5`. */
export class Instance {
  /** `down`, `starting`, `up` or `stopped` (by SIGSTOP). */
  state = 'down';
  url = null;
  lives = 0;
  #child = null;
  #killed = false;
  #ending = false;
  #restartAfterMs = 0;
  #running = null;
  /** Of its machine, milliseconds: a life takes it over from the one before. */
  #clockWrongByMs = 0;

  /**
   * @param network between it and its database; null: nothing stands between them
   * @param hasJumpingClock whether {@link setClock} works
   */
  constructor(index, { program, env, folder, network = null, hasJumpingClock = false, onEnd }) {
    this.index = index;
    this.program = program;
    this.env = env;
    this.folder = folder;
    this.network = network;
    this.hasJumpingClock = hasJumpingClock;
    this.onEnd = onEnd;
  }

  /** What its requests are marked with. */
  get name() {
    return `${this.index}.${this.lives}`;
  }

  start() {
    this.#running ??= this.#keepAlive();
  }

  get isStarted() {
    return this.#running !== null;
  }

  /** @param restartAfterMs how long it stays down */
  async kill(restartAfterMs) {
    await this.#endLife('SIGKILL', restartAfterMs);
  }

  /** Lets it end what it has begun, as a new version is rolled out. @param restartAfterMs how long it stays down */
  async terminate(restartAfterMs) {
    await this.#endLife('SIGTERM', restartAfterMs);
  }

  async #endLife(signal, restartAfterMs) {
    this.#restartAfterMs = restartAfterMs;
    this.#killed = true;
    const child = this.#child;
    this.state = 'down';
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  stop() {
    this.state = 'stopped';
    this.#child?.kill('SIGSTOP');
  }

  continue() {
    if (this.state === 'stopped') this.state = 'up';
    this.#child?.kill('SIGCONT');
  }

  /** Sets the clock of its machine. @param wrongByMs against the right time; negative: behind it */
  setClock(wrongByMs) {
    this.#clockWrongByMs = wrongByMs;
    // One that ends meanwhile takes no message.
    this.#child?.send({ clockWrongByMs: wrongByMs }, () => undefined);
  }

  /** Ends it for good. */
  async end() {
    this.#ending = true;
    await this.kill(0);
    await this.#running;
  }

  async #keepAlive() {
    while (!this.#ending) {
      this.#killed = false;
      const life = await this.#live();
      this.state = 'down';
      this.url = null;
      if (this.#ending) return;
      if (!this.#killed) this.onEnd(life);
      await wait(this.#killed ? this.#restartAfterMs : NEXT_TRY_MS);
    }
  }

  async #live() {
    this.lives += 1;
    this.state = 'starting';
    const life = { name: this.name, startedAt: Date.now(), listened: false };
    const dataDir = join(this.folder, `data-${this.index}`);
    mkdirSync(dataDir, { recursive: true });
    const log = createWriteStream(join(this.folder, `instance-${this.name}.log`));
    const clock = this.hasJumpingClock ? ['--import', JUMPING_CLOCK] : [];
    const child = spawn(process.execPath, [...clock, this.program], {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        DATA_DIR: dataDir,
        ...this.env,
        ...(this.hasJumpingClock ? { CHAOS_CLOCK_WRONG_BY_MS: String(this.#clockWrongByMs) } : {}),
        // Every request says who sent it: what came twice can be told from what was in flight at a kill.
        WEBHOOKS_DEFAULT_HEADERS: JSON.stringify({ 'X-Chaos-Sender': this.name }),
      },
      stdio: ['ignore', 'pipe', 'pipe', ...(this.hasJumpingClock ? ['ipc'] : [])],
      // A group of its own: Ctrl-C is ours to handle.
      detached: true,
    });
    this.#child = child;
    const watchdog = watch(child.pid);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      log.write(text);
      if (life.listened) return;
      output += text;
      const url = READY.exec(output)?.[1];
      if (!url || this.#killed) return;
      life.listened = true;
      this.url = url;
      this.state = 'up';
    });
    child.stderr.pipe(log, { end: false });
    const [code, signal] = await new Promise((resolve) => {
      child.once('close', (...how) => resolve(how));
    });
    this.#child = null;
    watchdog.stdin.end('leave\n');
    log.end();
    return { ...life, endedAt: Date.now(), code, signal };
  }
}

/** However this process ends, its end closes the pipe, and the shell at the other end of it ends the instance. */
function watch(pid) {
  const watchdog = spawn('sh', ['-c', 'read -r word; [ "$word" = leave ] || kill -9 "$1"', 'sh', pid], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.stdin.on('error', () => undefined);
  watchdog.unref();
  return watchdog;
}
