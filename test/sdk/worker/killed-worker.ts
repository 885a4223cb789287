/** One of the workers that killed-workers.test.ts starts and kills. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from 'perdure/worker';

const [address = '', bundle = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: 'killed',
  workflowBundle: { codePath: bundle },
  activities: {
    async act() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return process.pid;
    },
  },
});
await worker.run();
