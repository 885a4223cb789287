/**
 * An interceptor that writes down what workflow code closes with, as Temporal's replay has it: replay compares the kinds of
 * commands and not what is in them. The sandbox has no file system, so the host's is reached through one of its functions.
 */
const process = URL.constructor('return process')();
const { appendFileSync } = process.getBuiltinModule('node:fs');
const bytes = (value) => (ArrayBuffer.isView(value) ? new TextDecoder().decode(value) : value);

export const interceptors = () => ({
  internals: [
    {
      concludeActivation(input, next) {
        const output = next(input);
        for (const command of output.commands) {
          const { completeWorkflowExecution: completed, failWorkflowExecution: failed } = command;
          if (completed) note({ result: bytes(completed.result?.data) ?? '' });
          if (failed) note({ failure: failureOf(failed.failure) });
        }
        return output;
      },
    },
  ],
});

function note(line) {
  appendFileSync(process.env.PERDURE_INTEROP_COMMANDS, `${JSON.stringify(line)}\n`);
}

/** Message, type and causes; stacks differ, as the files do. */
function failureOf(failure) {
  if (!failure) return null;
  const { message = '', cause, applicationFailureInfo } = failure;
  return { message, type: applicationFailureInfo?.type ?? '', cause: failureOf(cause) };
}
