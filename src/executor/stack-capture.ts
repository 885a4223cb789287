/** Where workflow code waits: answers `__stack_trace` and `__enhanced_stack_trace`. Only kept in instances made for that. */
import type { StackMapper } from './stack-mapping.ts';

/** A place in the author's code. */
export interface StackTraceFileLocation {
  /** Path of the source file, relative to the project. */
  file_path?: string;
  line?: number;
  column?: number;
  function_name?: string;
  /** Whether it is the runtime's own code; user interfaces hide such lines. */
  internal_code: boolean;
}

export interface StackTrace {
  locations: StackTraceFileLocation[];
}

export interface StackTraceSDKInfo {
  name: string;
  version: string;
}

/** A part of a source file, from `line_offset` on. */
export interface StackTraceFileSlice {
  line_offset: number;
  content: string;
}

/** The answer to the query `__enhanced_stack_trace`. */
export interface EnhancedStackTrace {
  sdk: StackTraceSDKInfo;
  /** Source text by file, as far as it is known. */
  sources: Record<string, StackTraceFileSlice[]>;
  stacks: StackTrace[];
}

export type SourceText = (file: string) => string | undefined;

const FRAME = /^\s+at (?:async )?(?:(.+?) \()?(.+?):(\d+):(\d+)\)?$/;

export class StackCapture {
  readonly #stacks = new Map<object, string>();
  readonly #mapper: StackMapper;
  readonly #sourceText: SourceText;

  constructor(mapper: StackMapper, sourceText: SourceText = () => undefined) {
    this.#mapper = mapper;
    this.#sourceText = sourceText;
  }

  /** Notes that `operation` is waited for by the calling code. */
  add(operation: object): string {
    const stack = this.#mapper.authorFrames(deepStack());
    this.#stacks.set(operation, stack);
    return stack;
  }

  remove(operation: object): void {
    this.#stacks.delete(operation);
  }

  /** One text for each place where workflow code waits. */
  texts(): string[] {
    return [...new Set(this.#stacks.values())].filter((text) => text !== '');
  }

  enhanced(): EnhancedStackTrace {
    const stacks = this.texts().map((text) => ({ locations: text.split('\n').flatMap(locationOf) }));
    return { sdk: { name: 'typescript', version: SDK_VERSION }, sources: this.#sources(stacks), stacks };
  }

  #sources(stacks: readonly StackTrace[]): EnhancedStackTrace['sources'] {
    const sources: EnhancedStackTrace['sources'] = {};
    for (const { file_path: file } of stacks.flatMap(({ locations }) => locations)) {
      if (file === undefined || file in sources) continue;
      const content = this.#sourceText(file);
      if (content !== undefined) sources[file] = [{ line_offset: 0, content }];
    }
    return sources;
  }
}

/** Between the author's call and the wait lie frames of this library: more than the ten that engines keep. */
function deepStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  try {
    return new Error().stack ?? '';
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const STACK_DEPTH = 100;

/** The SDK whose answers these are like. */
const SDK_VERSION = '1.24.0';

function locationOf(line: string): StackTraceFileLocation[] {
  const [, functionName, file, lineNumber, column] = FRAME.exec(line) ?? [];
  if (file === undefined) return [];
  return [
    {
      file_path: file,
      line: Number(lineNumber),
      column: Number(column),
      ...(functionName !== undefined && { function_name: functionName }),
      internal_code: false,
    },
  ];
}
