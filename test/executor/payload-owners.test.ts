/** CONV-7: whose the values are that converters get in workflow code. */
import { describe, expect, it } from 'vitest';
import { DefaultPayloadConverter } from '../../src/sdk/common/converter/payload-converter.ts';
import type { SerializationContext } from '../../src/sdk/common/converter/serialization-context.ts';
import type { Payload } from '../../src/sdk/common/interfaces.ts';
import {
  getExternalWorkflowHandle,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  startChild,
  upsertMemo,
} from '../../src/sdk/workflow/index.ts';
import { modes, World } from './support/world.ts';

const nameOf = (context: SerializationContext | undefined): string => {
  if (context === undefined) return 'nobody';
  if (context.type === 'workflow') return `workflow ${context.workflowId}`;
  return `${context.isLocal ? 'local ' : ''}activity ${context.activityId} of ${context.workflowId}`;
};

/** Notes for whom each text is written and read. */
class NotingConverter extends DefaultPayloadConverter {
  readonly written = new Map<unknown, string>();
  readonly read = new Map<unknown, string>();

  override toPayload<T>(value: T, context?: SerializationContext): Payload {
    this.written.set(value, nameOf(context));
    return super.toPayload(value, context);
  }

  override fromPayload<T>(payload: Payload, context?: SerializationContext): T {
    const value = super.fromPayload<T>(payload, context);
    this.read.set(value, nameOf(context));
    return value;
  }
}

const { work } = proxyActivities<{ work(text: string): Promise<string> }>({
  startToCloseTimeout: '1m',
  summary: 'activity summary',
});
const { local } = proxyLocalActivities<{ local(text: string): Promise<string> }>({
  startToCloseTimeout: '1m',
  summary: 'local summary',
});

describe.each(modes)('owners of payloads: $mode', ({ replayEachTask }) => {
  it('CONV-7: an activity, local or not, a child or another workflow owns what is theirs, the workflow all else', async () => {
    const payloadConverter = new NotingConverter();
    const workflow = async () => {
      await local('local argument');
      upsertMemo({ note: 'own memo' });
      const waits = [
        work('argument'),
        sleep(1, { summary: 'timer summary' }),
        getExternalWorkflowHandle('other').signal('poke', 'signal argument'),
        startChild('kid', {
          workflowId: 'kid',
          args: ['child argument'],
          memo: { note: 'child memo' },
          staticSummary: 'child summary',
        }),
      ];
      await Promise.race(waits);
      return 'result';
    };
    const world = new World({ workflow }, 'workflow', [], {
      replayEachTask,
      payloadConverter,
      localActivities: () => () => 'local result',
    });
    await world.run();
    world.completeActivity('activity result');
    await world.run();
    const self = 'workflow test-workflow';
    expect(Object.fromEntries(payloadConverter.written)).toEqual({
      'local argument': 'local activity 1 of test-workflow',
      'local result': 'local activity 1 of test-workflow',
      'local summary': 'local activity 1 of test-workflow',
      'own memo': self,
      argument: 'activity 2 of test-workflow',
      'activity summary': 'activity 2 of test-workflow',
      'timer summary': self,
      'signal argument': 'workflow other',
      'child argument': 'workflow kid',
      'child memo': 'workflow kid',
      'child summary': 'workflow kid',
      result: self,
    });
    expect(Object.fromEntries(payloadConverter.read)).toEqual({
      'local argument': 'local activity 1 of test-workflow',
      'local result': 'local activity 1 of test-workflow',
      'activity result': 'activity 2 of test-workflow',
    });
  });
});
