/**
 * What of a stack trace is the framework's. Frames are told by function name, since everything may stand in one bundled
 * file: user code is entered through functions called `...NextHandler`, interceptors call each other through
 * `interceptorNext`.
 */

const ENTRIES = 'startWorkflow|queryWorkflow|signalWorkflow|update|validateUpdate|executeActivity';
/** From here on outwards all frames are the framework's. */
const CUTOFF = new RegExp(String.raw`^\s+at (?:async )?(?:[\w$]+\.)*(?:${ENTRIES})NextHandler \(`);
/** Frames between those of user code. */
const DROPPED = /^\s+at (?:async )?(?:[\w$]+\.)*interceptorNext \(/;

/** The part of a stack trace that is the author's. */
export function cutoffStackTrace(stack?: string): string {
  const kept: string[] = [];
  for (const line of (stack ?? '').split(/\r?\n/)) {
    if (CUTOFF.test(line)) break;
    if (!DROPPED.test(line)) kept.push(line);
  }
  return kept.join('\n');
}
