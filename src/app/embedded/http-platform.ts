import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** The injection token of whether the module has controllers. */
export const HAS_CONTROLLERS = 'posthorn.has-controllers';

/** Refuses the start where the host's HTTP platform is another than Express, whose requests and answers the routes use. */
@Injectable()
export class HttpPlatform implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(HAS_CONTROLLERS) private readonly hasControllers: boolean,
  ) {}

  /** @throws {Error} before the application listens */
  onModuleInit(): void {
    // An application without HTTP (a worker node) has no adapter, or one of no type.
    const type: string | undefined = this.host.httpAdapter?.getType();
    if (!this.hasControllers || !type || type === 'express') return;
    throw new Error(
      `WebhooksModule: its routes need Express, and this application runs on ${type}. Use @nestjs/platform-express, or set "controllers" to false here and serve the routes from another application on the same database.`,
    );
  }
}
