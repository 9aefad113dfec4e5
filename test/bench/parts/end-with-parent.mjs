// Loaded before the program that is measured: it ends when the bench is gone, however that went.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();
