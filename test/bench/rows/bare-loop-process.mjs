// The least that sending can cost: undici's connections and nothing else.
import { Agent, request } from 'undici';
import { serveParent } from '../parts/child.mjs';
import { bodyOf } from '../parts/recorded-events.mjs';

const CONNECTIONS = 64;

serveParent({
  async run({ url, count }) {
    const dispatcher = new Agent({ connections: CONNECTIONS, pipelining: 1 });
    const body = Buffer.from(bodyOf(1, Date.now()));
    const headers = { 'content-type': 'application/json' };
    let left = count;
    const send = async () => {
      while (left > 0) {
        left -= 1;
        const answer = await request(`${url}/hook`, { method: 'POST', headers, body, dispatcher });
        await answer.body.dump();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, send));
    await dispatcher.close();
    process.send({ type: 'done', bodyBytes: body.length });
  },
});
