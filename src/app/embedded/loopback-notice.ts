import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Settings } from '../../settings/settings.js';
import { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { splitNetworks } from '../module-options.js';
import { HOST_SETTINGS } from './host-settings.js';

/**
 * Warns at the start when webhooks may reach this machine. A host that runs without NODE_ENV gets that from the defaults
 * for development, and whoever may register a webhook then reaches what listens on its loopback addresses.
 */
@Injectable()
export class LoopbackNotice implements OnModuleInit {
  constructor(@Inject(HOST_SETTINGS) private readonly settings: Settings) {}

  onModuleInit(): void {
    const { environment, webhooks } = this.settings;
    if (!new AddressPolicy(splitNetworks(this.settings)).allowsThisMachine()) return;
    new Logger('Webhooks').warn(
      `Webhooks may reach this machine: webhooks.allowedNetworks is "${webhooks.allowedNetworks}" (NODE_ENV: ${environment}). Set it to "" where others register webhooks.`,
    );
  }
}
