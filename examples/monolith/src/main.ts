import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

if (process.env['ROLE'] === 'worker') {
  // A worker node of the same code base: it sends, and listens to nothing.
  const context = await NestFactory.createApplicationContext(AppModule);
  context.enableShutdownHooks();
  console.log('The worker works');
} else {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
  console.log(`The shop is open at ${await app.getUrl()}`);
}
