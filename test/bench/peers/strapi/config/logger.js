const { transports } = require('winston');

module.exports = { level: 'warn', transports: [new transports.Console({ level: 'warn' })] };
