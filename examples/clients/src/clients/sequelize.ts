import { fromSequelize } from 'posthorn/sequelize';
import { DataTypes, Sequelize } from 'sequelize';
import type { PlaceOrder } from '../place-order.js';

export function connectSequelize(url: string): PlaceOrder {
  const sequelize = new Sequelize(url, { logging: false });
  const orders = sequelize.define(
    'orders',
    { client: DataTypes.STRING, total: DataTypes.INTEGER },
    { timestamps: false },
  );
  return (order, change) =>
    sequelize.transaction(async (transaction) => {
      await orders.create({ ...order }, { transaction });
      await change(fromSequelize(transaction));
    });
}
