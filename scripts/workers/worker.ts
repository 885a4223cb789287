/** One of the workers that are killed: `node worker.ts <address> <bundle> <task queue>`. */
import { setTimeout as delay } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from 'perdure/worker';

const [address = '', codePath = '', taskQueue = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: { codePath },
  shutdownGraceTime: '1s',
  activities: {
    async step(index: number) {
      await delay((index * 7) % 20);
      return index;
    },
  },
});
const running = worker.run();
process.send?.('polls');
await running;
