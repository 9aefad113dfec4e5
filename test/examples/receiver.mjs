import { createServer } from 'node:http';
import { eventually } from '../support/eventually.mjs';

/** Takes every request and answers 200; `bodies()` are what came, in their order. */
export async function startReceiver() {
  const bodies = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    bodies: () => bodies,
    /** Waits until so many have come in all. */
    received: async (count) => {
      await eventually(() => {
        if (bodies.length < count) throw new Error(`Of ${count} requests ${bodies.length} arrived.`);
      });
      return bodies;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
