import { EmitsWebhooks } from 'posthorn';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@EmitsWebhooks<Customer>({ model: 'customer', columns: ['id', 'name', 'city'] })
@Entity('customers')
export class Customer {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  @Column({ type: 'varchar', length: 100, nullable: true })
  city!: string | null;

  /** Never told: it is hidden from every query. */
  @Column({ type: 'varchar', length: 100, nullable: true, select: false })
  password!: string | null;
}
