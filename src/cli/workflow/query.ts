import type { JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand } from '../command/definition.ts';
import { text } from '../command/flags.ts';
import { OutcomeError } from '../command/usage-error.ts';
import { fieldsOf, headersFlag, inputFlags, inputOf } from '../input/payloads.ts';
import { defined, executionOf } from '../input/requests.ts';
import { payloads } from '../output/formats.ts';
import { blockOf, listAt, textAt } from '../output/table.ts';
import { executionFlags, rejectConditionFlag } from './flags.ts';

interface Queried {
  readonly workflowId: string;
  readonly runId: string | undefined;
  readonly rejectCondition: string | undefined;
}

/** Throws `OutcomeError` when the workflow is in a state that was not to be queried. */
async function ask({ api }: Context, flags: Queried, query: JsonObject): Promise<JsonObject> {
  const answer = await api.call('queryWorkflow', {
    execution: executionOf(flags),
    query,
    ...(flags.rejectCondition && { queryRejectCondition: flags.rejectCondition }),
  });
  if (answer.queryRejected === undefined) return answer;
  const status = textAt(answer, 'queryRejected.status').replace('WORKFLOW_EXECUTION_STATUS_', '');
  throw new OutcomeError(`query was rejected, workflow '${flags.workflowId}' has status: ${status}`);
}

const resultOf = (answer: JsonObject): unknown =>
  Array.isArray(answer.queryResult) ? answer.queryResult[0] : answer.queryResult;

export const query = defineCommand({
  name: 'query',
  about: 'Ask a workflow for its state',
  flags: {
    ...executionFlags,
    name: text('--name <name>', 'Query name').required,
    ...inputFlags,
    headers: headersFlag,
    rejectCondition: rejectConditionFlag,
  },
  async run(context, flags) {
    const header = fieldsOf(flags.headers, '--headers');
    const queryArgs = await inputOf(flags, context.io.cwd);
    const answer = await ask(context, flags, {
      queryType: flags.name,
      ...defined({ queryArgs, header: header && { fields: header } }),
    });
    context.out.block(answer, 'Query result', [['QueryResult', 'queryResult', payloads]]);
  },
});

export const stack = defineCommand({
  name: 'stack',
  about: 'Show where the code of a workflow waits',
  flags: { ...executionFlags, rejectCondition: rejectConditionFlag },
  async run(context, flags) {
    const answer = await ask(context, flags, { queryType: '__stack_trace' });
    context.out.show(answer, () => String(resultOf(answer) ?? ''));
  },
});

const KINDS = [
  ['Queries', 'definition.queryDefinitions'],
  ['Signals', 'definition.signalDefinitions'],
  ['Updates', 'definition.updateDefinitions'],
] as const;

export const metadata = defineCommand({
  name: 'metadata',
  about: 'Show which queries, signals and updates a workflow has, and what it says it is doing',
  flags: { ...executionFlags, rejectCondition: rejectConditionFlag },
  async run(context, flags) {
    const answer = await ask(context, flags, { queryType: '__temporal_workflow_metadata' });
    const value = resultOf(answer);
    context.out.show(value, (options) =>
      [
        blockOf(
          'Metadata',
          [
            ['Type', 'definition.type'],
            ['CurrentDetails', 'currentDetails'],
          ],
          value,
          options,
        ),
        ...KINDS.flatMap(([title, path]) => {
          const rows = listAt(value, path);
          const pairs = rows.map(({ name, description }) => ({ name: String(name), description }));
          if (rows.length === 0) return [];
          return [
            blockOf(
              title,
              pairs.map(({ name }, index) => [name, `${index}.description`, (text) => String(text ?? '-')]),
              pairs,
              options,
            ),
          ];
        }),
      ].join('\n\n'),
    );
  },
});
