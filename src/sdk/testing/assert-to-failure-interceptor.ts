/** Workflow interceptors for tests: an assertion that fails in workflow code fails the workflow, instead of its task again and again. */
import { ApplicationFailure } from 'perdure/common';
import type { WorkflowInterceptors } from 'perdure/workflow';

async function failOnAssertion<T>(next: () => Promise<T>): Promise<T> {
  try {
    return await next();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AssertionError') throw error;
    const failure = ApplicationFailure.nonRetryable(error.message);
    if (error.stack !== undefined) failure.stack = error.stack;
    throw failure;
  }
}

export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute: (input, next) => failOnAssertion(() => next(input)),
        handleSignal: (input, next) => failOnAssertion(() => next(input)),
      },
    ],
    outbound: [],
    internals: [],
  };
}
