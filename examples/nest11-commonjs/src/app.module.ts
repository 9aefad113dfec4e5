import { Controller, Module, Post, Query } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { WebhookPublisher, webhooksEntities, WebhooksModule } from 'posthorn';
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('tickets')
export class Ticket {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  subject!: string;
}

@Controller('tickets')
export class TicketsController {
  constructor(
    @InjectDataSource('tickets') private readonly dataSource: DataSource,
    private readonly publisher: WebhookPublisher,
  ) {}

  @Post()
  async open(@Query('fail') fail?: string): Promise<Ticket> {
    return this.dataSource.transaction(async (manager) => {
      const ticket = await manager.save(Ticket, { subject: 'It does not work' });
      await this.publisher.publish(manager, {
        type: 'ticket.opened',
        data: { id: ticket.id },
        key: String(ticket.id),
      });
      if (fail !== undefined) throw new Error('No tickets today.');
      return ticket;
    });
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      name: 'tickets',
      type: 'mysql',
      url: process.env['DATABASE_URL'] ?? '',
      entities: [Ticket, ...webhooksEntities('hooks_')],
      synchronize: true,
    }),
    WebhooksModule.forRoot({
      secretsKey: process.env['SECRETS_KEY'] ?? '',
      adminToken: process.env['ADMIN_TOKEN'] ?? null,
      webhooks: { allowedNetworks: '127.0.0.0/8' },
      dataSource: 'tickets',
      tablePrefix: 'hooks_',
      adminTokens: true,
      migrate: true,
    }),
  ],
  controllers: [TicketsController],
})
export class AppModule {}
