import { NestFactory } from '@nestjs/core';
import { createOrders } from './create-orders.js';

await createOrders(process.env['DATABASE_URL'] ?? '');
const { AppModule } = await import('./app.module.js');
const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
console.log(`The store is open at ${await app.getUrl()}`);
