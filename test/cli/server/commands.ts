/** Commands on a test environment with a worker, and what they print. */
import { CompleteAsyncError } from 'perdure/activity';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { expect } from 'vitest';
import { useEnvironment } from '../../sdk/testing/environment.ts';
import { type Ended, runIn } from '../run.ts';

type Json = Record<string, unknown>;

const ATTEMPTS_MAX = 1000;

export interface Commands {
  /** The command's end, whatever it is. */
  run(...args: string[]): Promise<Ended>;
  /** The text of a command that must succeed. */
  text(...args: string[]): Promise<string>;
  /** The same as JSON. */
  json<Answer = Json>(...args: string[]): Promise<Answer>;
  /** What a command that must fail says. */
  refused(...args: string[]): Promise<string>;
  /** The JSON of a command, asked for until it is what is expected. */
  until<Answer = Json>(isThere: (answer: Answer) => boolean, ...args: string[]): Promise<Answer>;
}

export function useCommands(): Commands {
  const served = useEnvironment({
    create: () => TestWorkflowEnvironment.createLocal(),
    taskQueue: 'q',
    workflowsPath: new URL('./workflows.ts', import.meta.url).pathname,
    activities: {
      /** Somebody else completes it. */
      async slow() {
        throw new CompleteAsyncError();
      },
      quick: async (text: string) => `${text}!`,
    },
    isQuiet: true,
  });
  const run = (...args: string[]) => runIn({ env: { PERDURE_ADDRESS: served.env.address } }, args);
  const text = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  };
  const json = async <Answer>(...args: string[]) => {
    const { stdout } = await run(...args, '-o', 'json');
    return JSON.parse(stdout) as Answer;
  };
  return {
    run,
    text,
    json,
    async refused(...args) {
      const { code, stderr } = await run(...args);
      expect({ args, code }).toEqual({ args, code: 1 });
      return stderr;
    },
    async until<Answer>(isThere: (answer: Answer) => boolean, ...args: string[]) {
      for (let attempts = 0; ; attempts++) {
        const { stdout } = await run(...args, '-o', 'json');
        const answer = JSON.parse(stdout || '{}') as Answer; // Refused, it is asked again.
        if (isThere(answer)) return answer;
        if (attempts > ATTEMPTS_MAX) throw new Error(`It never came; last seen: ${JSON.stringify(answer)}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
}

export const counter = (workflowId: string): string[] => ['--type', 'counter', '-t', 'q', '-w', workflowId];
