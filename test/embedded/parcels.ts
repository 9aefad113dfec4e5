import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  VersionColumn,
} from 'typeorm';
import { EmitsWebhooks } from '../../src/app/embedded/emits-webhooks.js';

/** Stands for a transformer that encrypts. */
export const encrypted = {
  to: (value: string | null | undefined) => value && Buffer.from(value).toString('hex'),
  from: (value: string | null | undefined) => value && Buffer.from(value, 'hex').toString(),
};

export class Geo {
  @Column({ type: 'int', default: 0 })
  lat!: number;
}

export class Address {
  @Column({ type: 'varchar', length: 50, default: '' })
  city!: string;

  @Column({ type: 'varchar', length: 50, nullable: true })
  line!: string | null;

  @Column(() => Geo)
  geo!: Geo;
}

@Entity('owners')
export class Owner {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 50 })
  name!: string;

  @OneToMany(() => Parcel, (parcel) => parcel.owner, { cascade: true })
  parcels!: Parcel[];
}

/** One column of every kind. */
@EmitsWebhooks<Parcel>({ model: 'parcel', tenant: ({ tenantId }) => tenantId })
@Entity('parcels')
export class Parcel {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 50 })
  name!: string;

  @Column({ type: 'varchar', length: 50, nullable: true })
  note!: string | null;

  @Column({ type: 'int', default: 5 })
  pieces!: number;

  @Column({ type: 'decimal', precision: 10, scale: 2, default: 0 })
  price!: number | string;

  @Column({ type: 'double', default: 0 })
  weight!: number;

  @Column({ type: 'bigint', default: 0 })
  grams!: number | string;

  @Column({ type: 'boolean', default: false })
  isOpen!: boolean;

  @Column({ type: 'datetime', precision: 3, nullable: true })
  dueAt!: Date | null;

  @Column({ type: 'date', nullable: true })
  day!: string | null;

  @Column({ type: 'time', nullable: true })
  hour!: string | null;

  @Column({ type: 'simple-enum', enum: ['new', 'sent'], default: 'new' })
  state!: string;

  @Column({ type: 'simple-array', nullable: true })
  tags!: string[] | null;

  @Column({ type: 'simple-json', nullable: true })
  extra!: object | null;

  @Column({ type: 'json', nullable: true })
  meta!: object | null;

  @Column({ type: 'blob', nullable: true })
  seal!: Buffer | null;

  @Column({ type: 'varchar', length: 100, nullable: true, transformer: encrypted })
  ssn!: string | null;

  @Column({ type: 'varchar', length: 50, name: 'renamed_column', default: '' })
  renamed!: string;

  @Column(() => Address)
  from!: Address;

  @Column(() => Address)
  to!: Address;

  @ManyToOne(() => Owner, (owner) => owner.parcels, { nullable: true })
  owner!: Owner | null;

  @Column({ type: 'int', nullable: true })
  carrierId!: number | null;

  @ManyToOne(() => Owner, { nullable: true })
  @JoinColumn({ name: 'carrierId' })
  carrier!: Owner | null;

  @Column({ type: 'varchar', length: 50, nullable: true, select: false })
  tenantId!: string | null;

  @Column({ type: 'varchar', length: 50, nullable: true, select: false })
  secret!: string | null;

  @DeleteDateColumn({ type: 'datetime', precision: 3 })
  deletedAt!: Date | null;
}

/** Keys of two columns, a unique column, and what TypeORM itself writes. */
@EmitsWebhooks<Stock>({ model: 'stock' })
@Entity('stock')
@Index(['code'], { unique: true })
export class Stock {
  @PrimaryColumn({ type: 'varchar', length: 20 })
  place!: string;

  @PrimaryColumn({ type: 'int' })
  shelf!: number;

  @Column({ type: 'varchar', length: 20, nullable: true })
  code!: string | null;

  @Column({ type: 'int', default: 0 })
  amount!: number;

  @VersionColumn()
  version!: number;

  @CreateDateColumn()
  createdAt!: Date;
}

/** Only some columns, one of an embedded and two relations among them. */
@EmitsWebhooks<Letter>({
  model: 'letter',
  events: ['create', 'update'],
  columns: ['id', 'to.city', 'owner', 'carrier'],
})
@Entity('letters')
export class Letter {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 50, default: '' })
  name!: string;

  @Column(() => Address)
  to!: Address;

  @ManyToOne(() => Owner, { nullable: true, onDelete: 'CASCADE' })
  owner!: Owner | null;

  @Column({ type: 'int', nullable: true })
  carrierId!: number | null;

  @ManyToOne(() => Owner, { nullable: true })
  @JoinColumn({ name: 'carrierId' })
  carrier!: Owner | null;
}

/** A unique column beside a key that the database counts. */
@EmitsWebhooks<Label>({ model: 'label' })
@Entity('labels')
export class Label {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 20, unique: true })
  code!: string;

  @Column({ type: 'int', default: 0 })
  uses!: number;
}
