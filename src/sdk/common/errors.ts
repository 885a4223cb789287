import { SymbolBasedInstanceOfError } from './type-helpers.ts';

/** A value that is unexpected or cannot be handled: in conversion, in options. */
export class ValueError extends Error {
  override readonly cause?: unknown;

  constructor(message: string | undefined, cause?: unknown) {
    super(message ?? undefined);
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('ValueError')(ValueError);
  }
}

/** A payload converter is misconfigured, or cannot do what is asked of it. */
export class PayloadConverterError extends ValueError {
  static {
    SymbolBasedInstanceOfError('PayloadConverterError')(PayloadConverterError);
  }
}

/** An operation is not possible in the present state: for example outside of a workflow, or after closing. */
export class IllegalStateError extends Error {
  static {
    SymbolBasedInstanceOfError('IllegalStateError')(IllegalStateError);
  }
}

/**
 * There is no workflow of this ID and run: the ID is wrong, the run is past its retention, or, for calls that change a
 * workflow such as `signal` and `terminate`, it is closed.
 */
export class WorkflowNotFoundError extends Error {
  readonly workflowId: string;
  readonly runId: string | undefined;

  constructor(message: string, workflowId: string, runId: string | undefined) {
    super(message);
    this.workflowId = workflowId;
    this.runId = runId;
  }

  static {
    SymbolBasedInstanceOfError('WorkflowNotFoundError')(WorkflowNotFoundError);
  }
}

/** The namespace is not registered. */
export class NamespaceNotFoundError extends Error {
  readonly namespace: string;

  constructor(namespace: string) {
    super(`Namespace not found: '${namespace}'`);
    this.namespace = namespace;
  }

  static {
    SymbolBasedInstanceOfError('NamespaceNotFoundError')(NamespaceNotFoundError);
  }
}

/**
 * Throw it from an activity that will be completed later and from elsewhere, by its task token or its IDs.
 *
 * ```ts
 * export async function askHuman(question: string): Promise<never> {
 *   await mail(question, Context.current().info.base64TaskToken);
 *   throw new CompleteAsyncError();
 * }
 * ```
 */
export class CompleteAsyncError extends Error {
  static {
    SymbolBasedInstanceOfError('CompleteAsyncError')(CompleteAsyncError);
  }
}

/**
 * A payload refers to external storage, and none is configured.
 *
 * @experimental
 */
export class ExternalStorageNotConfiguredError extends Error {
  constructor(message = 'Detected externally stored payload(s) but external storage is not configured.') {
    super(`[TMPRL1105] ${message}`);
  }

  static {
    SymbolBasedInstanceOfError('ExternalStorageNotConfiguredError')(ExternalStorageNotConfiguredError);
  }
}
