/** `Math`, `crypto` and `performance` in workflow code: drawn from the run's own random stream and clock. */
import { maybeContext, requireContext } from './context.ts';
import { forbidden } from './forbidden.ts';
import { fillBytes, uuid4From } from './random.ts';

/** One number of the stream that is current for the caller. */
export function drawRandom(): number {
  const { run, random } = requireContext('Workflow random APIs may only be used from workflow context.');
  return (random ?? run.random.draw)();
}

/** A UUID of the run's stream; outside workflows an ordinary random one (DET-3). */
export function uuid4(): string {
  return uuid4From(maybeContext() === undefined ? Math.random : drawRandom);
}

export const mathForWorkflows: Math = Object.freeze(
  Object.defineProperties({} as Math, {
    ...Object.getOwnPropertyDescriptors(Math),
    random: { value: drawRandom, writable: true, enumerable: false, configurable: true },
  }),
);

function getRandomValues<T extends ArrayBufferView | null>(view: T): T {
  if (view !== null) fillBytes(drawRandom, new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return view;
}

export const cryptoForWorkflows = Object.freeze({
  randomUUID: uuid4,
  getRandomValues,
  get subtle(): never {
    return forbidden('crypto.subtle');
  },
});

function timeOrigin(): number {
  const { run } = requireContext();
  return run.started?.info.runStartTime.getTime() ?? run.now;
}

export const performanceForWorkflows = Object.freeze({
  now: () => requireContext().run.now - timeOrigin(),
  get timeOrigin() {
    return timeOrigin();
  },
});
