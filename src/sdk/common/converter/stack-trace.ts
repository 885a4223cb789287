/**
 * What of a stack trace is the framework's. Frames are told by function name, since everything may stand in one bundled
 * file: user code is entered through functions called `...NextHandler`, interceptors call each other through
 * `interceptorNext`. Frames of Temporal's own packages are known by their files: traces of workers that run them come by here.
 */

const ENTRIES = 'startWorkflow|queryWorkflow|signalWorkflow|update|validateUpdate|executeActivity';
/** From here on outwards all frames are the framework's. */
const CUTOFF = new RegExp(String.raw`^\s+at (?:async )?(?:[\w$]+\.)*(?:${ENTRIES})NextHandler \(`);
/** Frames between those of user code. */
const DROPPED = /^\s+at (?:async )?(?:[\w$]+\.)*interceptorNext \(/;

/** A function of a file of Temporal's packages, as frames name it. */
const frameOf = (fn: string, file: string): string =>
  String.raw`(?:async )?(?:\w+\.)?${fn} \(.*[\\/]${file.replaceAll('/', String.raw`[\\/]`)}\.[jt]s:\d+:\d+\)`;
const TEMPORAL_CUTOFF = new RegExp(
  String.raw`^\s+at (?:${frameOf('execute', 'worker/(?:src|lib)/activity')}|` +
    `${frameOf('invokeUserCode', 'worker/(?:src|lib)/nexus/index')}|` +
    String.raw`(?:Script\.)?runInContext \((?:native|unknown|(?:node:vm|vm\.js):\d+:\d+)\))`,
);
const TEMPORAL_DROPPED = new RegExp(
  String.raw`^\s+at (?:${frameOf('next', 'common/(?:src|lib)/interceptors')}|` +
    `${frameOf('executeNextHandler', 'worker/(?:src|lib)/activity')})`,
);

/** The part of a stack trace that is the author's. */
export function cutoffStackTrace(stack?: string): string {
  const kept: string[] = [];
  for (const line of (stack ?? '').split(/\r?\n/)) {
    if (CUTOFF.test(line) || TEMPORAL_CUTOFF.test(line)) break;
    if (!DROPPED.test(line) && !TEMPORAL_DROPPED.test(line)) kept.push(line);
  }
  return kept.join('\n');
}
