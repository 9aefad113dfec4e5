import { Controller, Param, Post } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Customer } from './customer.entity.js';

@Controller('customers')
export class CustomersController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Makes a customer and moves it to another city: both are told by TypeORM itself. */
  @Post(':name')
  async make(@Param('name') name: string): Promise<Customer> {
    const { manager } = this.dataSource;
    const customer = await manager.save(Customer, { name, city: 'Paris', password: 'hunter2' });
    return manager.save(Customer, { id: customer.id, city: 'Lyon' });
  }
}
