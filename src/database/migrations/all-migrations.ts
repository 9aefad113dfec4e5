import type { MigrationInterface } from 'typeorm';
import { Audit1790220000000 } from './1790220000000-audit.js';
import { Engine1790100000000 } from './1790100000000-engine.js';
import { EventContext1790150000000 } from './1790150000000-event-context.js';
import { WebhookTls1790200000000 } from './1790200000000-webhook-tls.js';
import { Formats1790310000000 } from './1790310000000-formats.js';
import { Filter1790320000000 } from './1790320000000-filter.js';
import { MediaDetails1790330000000 } from './1790330000000-media-details.js';
import { Posthorn1790000000000 } from './1790000000000-posthorn.js';
import { Secrets1790210000000 } from './1790210000000-secrets.js';

/** Every migration, oldest first. */
export const ALL_MIGRATIONS: (new () => MigrationInterface)[] = [
  Posthorn1790000000000,
  Engine1790100000000,
  EventContext1790150000000,
  WebhookTls1790200000000,
  Secrets1790210000000,
  Formats1790310000000,
  Filter1790320000000,
  MediaDetails1790330000000,
  Audit1790220000000,
];
