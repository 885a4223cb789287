import { Context } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';
import { isPoint, Point } from '../workflows/point-converter.ts';
import { traceOfContext } from './tracing.ts';

export async function greet(name: string): Promise<string> {
  return `Hello, ${name}!`;
}

/** Tells a workflow to go on, by the client of the activity's context. */
export async function tell(workflowId: string): Promise<void> {
  await Context.current().client.workflow.getHandle(workflowId).signal('go');
}

export async function charge(card: string): Promise<string> {
  Context.current().heartbeat({ card });
  if (card.startsWith('bad'))
    throw ApplicationFailure.nonRetryable(`no money on ${card}`, 'Declined', { card });
  return `charged ${card}`;
}

/** Adds a point to another; both have to arrive as what they were. */
export async function move(from: Point, by: Point): Promise<Point> {
  if (!isPoint(from) || !isPoint(by)) throw ApplicationFailure.nonRetryable('Expected points');
  return new Point(from.x + by.x, from.y + by.y);
}

/** The trace that this attempt was scheduled with, as its interceptor keeps it. */
export async function currentTrace(): Promise<string> {
  return traceOfContext(Context.current());
}
