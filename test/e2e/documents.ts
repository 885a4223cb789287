/** Reads what a document tells its reader to do: the commands, what they should print, and the files to write. */

export type Step =
  | { kind: 'command'; line: number; script: string; output?: ExpectedOutput }
  | { kind: 'file'; line: number; path: string; isAppended: boolean; text: string };

/** `json`: the output has to have at least these members. `text`: it has to have these lines, in order, with gaps at `…`. */
export interface ExpectedOutput {
  language: 'json' | 'text';
  text: string;
}

interface Fence {
  language: string;
  line: number;
  text: string;
}

export function readSteps(markdown: string): Step[] {
  const fences = readFences(markdown);
  return fences.flatMap((fence, index): Step[] => {
    const output = asOutput(fences[index + 1]);
    if (fence.language === 'sh') return [{ kind: 'command', line: fence.line, script: fence.text, output }];
    const file = /^\/\/ (src\/\S+)( \(one line more\))?\n/.exec(fence.text);
    if (fence.language !== 'ts' || !file?.[1]) return [];
    const text = fence.text.slice(file[0].length);
    return [{ kind: 'file', line: fence.line, path: file[1], isAppended: file[2] !== undefined, text }];
  });
}

function asOutput(fence: Fence | undefined): ExpectedOutput | undefined {
  const language = fence?.language;
  return language === 'json' || language === 'text' ? { language, text: fence?.text ?? '' } : undefined;
}

/** What npm does is done by the test itself: it starts the runtime, and runs as part of `npm test`. */
export function isForNpm(script: string): boolean {
  return /^(npm|npx) /.test(script);
}

/** Undefined if the output is as the document says, else what is not. */
export function compareOutput(expected: ExpectedOutput, output: string): string | undefined {
  return expected.language === 'json'
    ? compareJson(expected.text, output)
    : compareLines(expected.text, output);
}

/** Of several answers on their own lines, the last. */
function compareJson(expected: string, output: string): string | undefined {
  const last = output.trim().split('\n').at(-1) ?? '';
  try {
    return firstDifference(
      JSON.parse(expected),
      JSON.parse(output.trim().startsWith('{\n') ? output : lastValue(last)),
      '$',
    );
  } catch (error) {
    return `not JSON: ${error}: ${output}`;
  }
}

/** curl prints one answer directly after another. */
function lastValue(line: string): string {
  for (let at = line.lastIndexOf('}{'); at >= 0; at = line.lastIndexOf('}{', at - 1)) {
    try {
      JSON.parse(line.slice(at + 1));
      return line.slice(at + 1);
    } catch {
      // This `}{` stands inside of a string: look further to the left.
    }
  }
  return line;
}

function firstDifference(expected: unknown, found: unknown, path: string): string | undefined {
  if (expected === '…')
    return typeof found === 'string' && found !== '' ? undefined : `${path}: nothing there`;
  if (Array.isArray(expected) && Array.isArray(found) && expected.length !== found.length) {
    return `${path}: ${found.length} elements instead of ${expected.length}: ${JSON.stringify(found)}`;
  }
  if (typeof expected !== 'object' || expected === null || typeof found !== 'object' || found === null) {
    return expected === found
      ? undefined
      : `${path}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
  }
  for (const [name, value] of Object.entries(expected)) {
    const difference = firstDifference(value, (found as Record<string, unknown>)[name], `${path}.${name}`);
    if (difference) return difference;
  }
  return undefined;
}

function compareLines(expected: string, output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim().replace(/,$/, ''));
  let at = 0;
  let maySkip = false;
  for (const wanted of expected.trim().split('\n')) {
    if (wanted === '…') {
      maySkip = true;
      continue;
    }
    const found = maySkip ? lines.indexOf(wanted, at) : lines[at] === wanted ? at : -1;
    if (found < 0) return `expected line '${wanted}' at line ${at + 1} of:\n${output}`;
    at = found + 1;
    maySkip = false;
  }
  return undefined;
}

function readFences(markdown: string): Fence[] {
  const fences: Fence[] = [];
  for (const match of markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, match.index).split('\n').length;
    fences.push({ language: match[1] ?? '', line, text: match[2] ?? '' });
  }
  return fences;
}
