/** One of the workers that are killed: `worker.mjs <address> <bundle> <task queue>`. */
import { setTimeout as delay } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from 'perdure/worker';

const CONNECT_ATTEMPTS_MAX = 30;
const [address = '', codePath = '', taskQueue = ''] = process.argv.slice(2);
process.once('disconnect', () => process.exit()); // Nobody is left to end it, or it has ended by itself.
Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await connect(),
  taskQueue,
  workflowBundle: { codePath },
  shutdownGraceTime: '1s',
  activities: {
    async step(index: number) {
      await delay((index * 7) % 20);
      process.send?.('step');
      return index;
    },
  },
});
const running = worker.run();
process.send?.('polls');
await running;
process.disconnect?.();

/** On a busy machine the first answer may take longer than a connection waits, and minutes where others have all of it. */
async function connect(): Promise<NativeConnection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS_MAX) throw error;
    }
  }
}
