import { randomUUID } from 'node:crypto';
import { defineCommand } from '../command/definition.ts';
import { text } from '../command/flags.ts';
import { fieldsOf, headersFlag, inputFlags, inputOf, signalInputFlags } from '../input/payloads.ts';
import { defined } from '../input/requests.ts';
import { oneOf, startBatch, targetFlags } from './batch-target.ts';
import { STARTED_PAIRS, startedJson, startFlags, startRequest } from './start-request.ts';

export const signal = defineCommand({
  name: 'signal',
  about: 'Send a signal to a workflow',
  flags: {
    ...targetFlags,
    name: text('--name <name>', 'Signal name').required,
    ...inputFlags,
    headers: headersFlag,
  },
  async run(context, flags) {
    const { api, out, io } = context;
    const workflowExecution = oneOf(flags);
    const header = fieldsOf(flags.headers, '--headers');
    const message = defined({ input: await inputOf(flags, io.cwd), header: header && { fields: header } });
    const { identity } = api;
    if (workflowExecution === undefined)
      return await startBatch(context, flags, {
        signalOperation: { signal: flags.name, identity, ...message },
      });
    const answer = await api.call('signalWorkflowExecution', {
      workflowExecution,
      signalName: flags.name,
      identity,
      requestId: randomUUID(),
      ...message,
    });
    out.done('Signal workflow succeeded', answer);
  },
});

export const signalWithStart = defineCommand({
  name: 'signal-with-start',
  about: 'Send a signal to a workflow, which is started if it does not run',
  flags: {
    ...startFlags,
    signalName: text('--signal-name <name>', 'Signal name').required,
    ...signalInputFlags,
  },
  async run(context, flags) {
    const { api, out, io } = context;
    const { signalInput: input, signalInputFile: inputFile } = flags;
    const { signalInputMeta: inputMeta, signalInputBase64: inputBase64 } = flags;
    const signalInput = await inputOf({ input, inputFile, inputMeta, inputBase64 }, io.cwd);
    const request = await startRequest(flags, context);
    const { runId, started } = await api.call('signalWithStartWorkflowExecution', {
      ...request,
      signalName: flags.signalName,
      ...(signalInput && { signalInput }),
    });
    const json = startedJson(flags, api.namespace, { workflowId: request.workflowId, runId });
    out.block({ ...json, started: started === true }, 'Running execution', [
      ...STARTED_PAIRS,
      ['Started', 'started'],
    ]);
  },
});
