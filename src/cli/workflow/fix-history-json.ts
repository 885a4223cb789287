import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { historyToJson } from '../../sdk/common/wire/json.ts';
import { readHistory } from '../../sdk/worker/history.ts';
import { defineCommand } from '../command/definition.ts';
import { text } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';

export const fixHistoryJson = defineCommand({
  name: 'fix-history-json',
  about: 'Rewrite a history file in the form of today: full names of enums, payloads as they are read now',
  flags: {
    source: text('-s, --source <path>', 'The file to read').required,
    target: text('-t, --target <path>', 'The file to write. Default: print it'),
  },
  async run({ io, out }, { source, target }) {
    const path = resolve(io.cwd, source);
    const fixed = historyToJson(readHistory(parse(await readFile(path, 'utf8'), source)));
    if (target === undefined) {
      io.stdout(`${JSON.stringify(fixed, undefined, 2)}\n`);
      return;
    }
    await writeFile(resolve(io.cwd, target), `${JSON.stringify(fixed, undefined, 2)}\n`);
    out.done(`Wrote ${target}`, { target });
  },
});

function parse(content: string, source: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new UsageError(
      `${source}: expected a history as JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}
