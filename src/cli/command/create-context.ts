/** What the flags of every command, and the environment that stands in for them, make of the world. */
import { Output, type OutputOptions } from '../output/output.ts';
import { Api } from './api.ts';
import type { Context, Io } from './context.ts';
import type { FlagValues } from './definition.ts';
import type { globalFlags } from './global-flag-set.ts';
import { OutcomeError, UsageError } from './usage-error.ts';

export type GlobalValues = FlagValues<typeof globalFlags>;

const DEFAULT_ADDRESS = 'localhost:8787';

export function createContext(values: GlobalValues, io: Io): Context {
  const out = new Output(outputOptions(values, io), io.stdout);
  const api = apiOf(values, io);
  return {
    api,
    out,
    io,
    isNamespaceNamed: values.namespace !== undefined,
    async confirm(question, isAgreed) {
      if (isAgreed) return;
      if (io.ask === undefined || out.format !== 'text')
        throw new UsageError(`${question} Nobody can be asked: agree with --yes`);
      const answer = await io.ask(`${question} y/N `);
      if (!/^y(es)?$/i.test(answer.trim())) throw new OutcomeError('nothing was done');
    },
  };
}

function outputOptions({ output, timeFormat, color }: GlobalValues, { env, isTerminal }: Io): OutputOptions {
  const isColored = isTerminal && !env.NO_COLOR;
  return {
    format: output ?? 'text',
    timeFormat: timeFormat ?? 'relative',
    isColored: color === 'always' || (color !== 'never' && isColored),
  };
}

function apiOf(values: GlobalValues, { env }: Io): Api {
  const setting = (name: string) => env[`PERDURE_${name}`] || env[`TEMPORAL_${name}`];
  const address = values.address ?? setting('ADDRESS') ?? DEFAULT_ADDRESS;
  const apiKey = values.apiKey ?? setting('API_KEY');
  const isPlain = !/^https?:\/\//i.test(address);
  return new Api({
    address: values.tls && isPlain ? `https://${address}` : address,
    namespace: values.namespace ?? setting('NAMESPACE') ?? 'default',
    headers: Object.fromEntries(values.header.map(([key, value]) => [key.toLowerCase(), value])),
    isLongForm: values.longForm,
    ...(apiKey && { apiKey }),
    ...(values.identity !== undefined && { identity: values.identity }),
    ...(values.timeout !== undefined &&
      values.timeout !== '0s' && { timeoutMs: Number.parseFloat(values.timeout) * 1000 }),
  });
}
