import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

/** The host's own rule of who is an admin. */
@Injectable()
export class AdminsOnly implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    return headers['x-api-key'] === (process.env['ADMIN_KEY'] ?? 'for-admins');
  }
}
