/** Queries: the user's and the built-in ones (QRY-6 to QRY-10). */

import type { QueryAnswer, WorkflowQuery } from '../engine/workflow-task.ts';
import { RawValue } from '../sdk/common/converter/payload-converter.ts';
import { ensureTemporalFailure } from '../sdk/common/failure.ts';
import type { WorkflowQueryAnnotatedType } from '../sdk/common/interfaces.ts';
import { ENHANCED_STACK_TRACE_QUERY_NAME, STACK_TRACE_QUERY_NAME } from '../sdk/common/reserved.ts';
import { DeterminismViolationError } from './errors.ts';
import type { QueryInput } from './interceptors.ts';
import { isInternalName, refuseReservedForDefault } from './reserved-names.ts';
import type { WorkflowRun } from './run.ts';

export type DefaultQueryHandler = (queryName: string, ...args: unknown[]) => unknown;

const WORKFLOW_METADATA_QUERY_NAME = '__temporal_workflow_metadata';

/** Queries that need a run whose stacks were captured: another instance answers them. */
export function needsStacks(query: WorkflowQuery): boolean {
  return query.queryType === STACK_TRACE_QUERY_NAME || query.queryType === ENHANCED_STACK_TRACE_QUERY_NAME;
}

export class Queries {
  readonly handlers: Map<string, WorkflowQueryAnnotatedType>;
  #defaultHandler: DefaultQueryHandler | undefined;
  readonly #run: WorkflowRun;

  constructor(run: WorkflowRun) {
    this.#run = run;
    this.handlers = new Map<string, WorkflowQueryAnnotatedType>([
      [
        STACK_TRACE_QUERY_NAME,
        {
          handler: () => new RawValue((run.stacks?.texts() ?? []).join('\n\n')),
          description: 'Returns a sensible stack trace.',
        },
      ],
      [
        ENHANCED_STACK_TRACE_QUERY_NAME,
        {
          handler: () => new RawValue(run.stacks?.enhanced()),
          description: 'Returns a stack trace annotated with source information.',
        },
      ],
      [
        WORKFLOW_METADATA_QUERY_NAME,
        {
          handler: () => new RawValue(this.#metadata()),
          description: 'Returns metadata associated with this workflow.',
        },
      ],
    ]);
  }

  setDefaultHandler(handler: DefaultQueryHandler | undefined): void {
    this.#defaultHandler = handler;
  }

  /** Starts a query; the answer is there once microtasks have drained. */
  answer(query: WorkflowQuery, done: (answer: QueryAnswer) => void): void {
    const { converters } = this.#run;
    const fail = (error: unknown) =>
      done({ id: query.id, failure: converters.errorToFailure(ensureTemporalFailure(error)) });
    try {
      let outputType = this.handlers.get(query.queryType)?.typeInfo?.outputType;
      const handle = this.#chain(query, (name) => {
        outputType = this.handlers.get(name)?.typeInfo?.outputType;
      });
      const typeInfo = this.handlers.get(query.queryType)?.typeInfo;
      const args = converters.fromPayloads(query.queryArgs, typeInfo?.inputTypes);
      const headers = query.header?.fields ?? {};
      handle({ queryId: query.id, queryName: query.queryType, args, headers })
        .then((result) =>
          done({ id: query.id, result: { payloads: [converters.toPayload(result, outputType)] } }),
        )
        .catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #chain(query: WorkflowQuery, onName: (name: string) => void): (input: QueryInput) => Promise<unknown> {
    const name = query.queryType;
    refuseReservedForDefault('query', name, this.#defaultHandler !== undefined && !this.handlers.has(name));
    const last = (input: QueryInput) => {
      onName(input.queryName);
      return this.queryWorkflowNextHandler(input);
    };
    return isInternalName(name) ? last : this.#run.interceptors.inbound('handleQuery', last);
  }

  /** Named so that stack traces end here. Not async: the handler has to be synchronous, and its throw must stay one. */
  queryWorkflowNextHandler({ queryName, args }: QueryInput): Promise<unknown> {
    const handler = this.handlers.get(queryName)?.handler;
    if (handler === undefined && this.#defaultHandler === undefined) {
      const names = [...this.handlers.keys()].join(' ');
      const message = `Workflow did not register a handler for ${queryName}. Registered queries: [${names}]`;
      return Promise.reject(new ReferenceError(message));
    }
    try {
      const result = handler === undefined ? this.#defaultHandler?.(queryName, ...args) : handler(...args);
      if (!(result instanceof Promise)) return Promise.resolve(result);
      result.catch(() => undefined);
      return Promise.reject(new DeterminismViolationError('Query handlers should not return a Promise'));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #metadata(): unknown {
    const definitions = (handlers: ReadonlyMap<string, { description?: string }>) =>
      [...handlers].map(([name, { description }]) => ({ name, description }));
    return {
      definition: {
        type: this.#run.workflowType,
        queryDefinitions: definitions(this.handlers),
        signalDefinitions: definitions(this.#run.signals.handlers),
        updateDefinitions: definitions(this.#run.updates.handlers),
      },
      currentDetails: this.#run.currentDetails,
    };
  }
}
