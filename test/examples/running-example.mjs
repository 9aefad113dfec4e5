import { spawn } from 'node:child_process';

const LONGEST_START_MS = 60_000;

/**
 * Starts an example as its README says.
 *
 * @param {string} folder where it is installed
 * @param {Record<string, string>} env beside PATH
 * @param {RegExp} ready what it says when it is ready; its first group is its address, where it has one
 */
export async function startExample(folder, env, ready) {
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const exit = new Promise((resolve) =>
    child.once('close', (code, signal) => {
      process.off('exit', killOnExit);
      resolve({ code, signal });
    }),
  );
  let output = '';
  const url = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${why}. It wrote:\n${output}`));
    const timer = setTimeout(() => fail('It was not ready in time'), LONGEST_START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        const found = ready.exec(output);
        if (!found) return;
        clearTimeout(timer);
        resolve((found[1] ?? '').replace('[::1]', '127.0.0.1'));
      });
    }
    void exit.then(({ code, signal }) => {
      clearTimeout(timer);
      fail(`It ended with ${code ?? signal} before it was ready`);
    });
  });
  return {
    url,
    pid: child.pid,
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return exit;
    },
    call: async (method, path, { headers = {}, body } = {}) => {
      const answer = await fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await answer.text();
      return {
        status: answer.status,
        json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
        text,
      };
    },
  };
}
