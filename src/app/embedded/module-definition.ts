import { ConfigurableModuleBuilder } from '@nestjs/common';
import { composed } from './composed.js';
import {
  DEFAULT_EXTRAS,
  OPTIONS,
  type WebhooksModuleExtras,
  type WebhooksModuleOptions,
} from './webhooks-module-options.js';

/** What `WebhooksModule` is built on: values come from the host's factory, structure from the extras. */
export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<WebhooksModuleOptions>({
  moduleName: 'Posthorn',
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<WebhooksModuleExtras>(DEFAULT_EXTRAS, composed)
  .build();
