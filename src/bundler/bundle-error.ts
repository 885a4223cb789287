/** What is wrong with a set of workflows, told so that its author finds the place. */

export interface BundleProblem {
  readonly text: string;
  /** Relative to the project. */
  readonly file?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
  /** From 1. */
  readonly column?: number | undefined;
  readonly lineText?: string | undefined;
  /** The module that was refused, if that is what is wrong. */
  readonly module?: string | undefined;
  /** The files through which the place is reached, first the workflows' own. */
  readonly chain?: readonly string[] | undefined;
}

/** The workflows cannot be bundled. `problems` has each reason with its place; the message has them all as text. */
export class BundleError extends Error {
  readonly problems: readonly BundleProblem[];

  constructor(problems: readonly BundleProblem[]) {
    super([...disallowedModules(problems), ...problems.map(describeProblem)].join('\n\n'));
    this.name = 'BundleError';
    this.problems = problems;
  }
}

function disallowedModules(problems: readonly BundleProblem[]): string[] {
  const modules = new Set(problems.flatMap(({ module }) => module ?? []));
  if (modules.size === 0) return [];
  const list = [...modules].map((module) => `  - '${module}'`).join('\n');
  return [`Workflow code is importing the following disallowed modules:\n${list}`];
}

export function describeProblem({ text, file, line, column, lineText, chain }: BundleProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const lines = [place ? `${place}: ${text}` : text];
  if (lineText?.trim()) {
    lines.push(`    ${line} | ${lineText.trim()}`);
  }
  if (chain && chain.length > 1) {
    lines.push(`    imported through: ${chain.join(' -> ')}`);
  }
  return lines.join('\n');
}
