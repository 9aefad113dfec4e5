const { createStrapi } = require('@strapi/strapi');

async function start() {
  process.on('disconnect', () => process.exit(1));
  const strapi = await createStrapi({ appDir: __dirname, distDir: __dirname }).start();
  process.send({ type: 'listening', port: strapi.server.httpServer.address().port });
}

void start();
