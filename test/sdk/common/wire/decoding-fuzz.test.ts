/**
 * Bytes that nobody should send where tokens, stored frames and payloads are read: never an accident. PERDURE_FUZZ_RUNS and
 * PERDURE_FUZZ_SEED make it longer and repeat it.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame, FrameError } from '../../../../src/objects/storage/binary-frame.ts';
import { decodeListToken, encodeListToken } from '../../../../src/objects/visibility/page-token.ts';
import { decodePageToken, encodePageToken } from '../../../../src/sdk/client/direct/page-token.ts';
import { defaultFailureConverter } from '../../../../src/sdk/common/converter/data-converter.ts';
import { defaultPayloadConverter } from '../../../../src/sdk/common/converter/payload-converter.ts';
import { ValueError } from '../../../../src/sdk/common/errors.ts';
import { decodeTaskToken, encodeTaskToken } from '../../../../src/sdk/common/task-token.ts';
import {
  decodeWorkflowTaskToken,
  encodeWorkflowTaskToken,
} from '../../../../src/sdk/common/workflow-task-token.ts';

const settings = {
  numRuns: Number(process.env.PERDURE_FUZZ_RUNS ?? 2000),
  seed: Number(process.env.PERDURE_FUZZ_SEED ?? 20_260_105),
};
const id = fc.string({ unit: 'grapheme', maxLength: 20 });
const count = fc.maxSafeInteger().map(Math.abs);
const bytes = (text: string) => new TextEncoder().encode(text);

/** Bytes of any kind, JSON of any kind, and `valid` with some of its bytes other than they were. */
function hostile(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(
    fc.nat(),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom('set', 'drop', 'insert', 'cut'),
  );
  const changed = fc.tuple(valid, fc.array(change, { minLength: 1, maxLength: 4 })).map(([from, changes]) => {
    let result = [...from];
    for (const [where, value, how] of changes) {
      const at = result.length === 0 ? 0 : where % result.length;
      if (how === 'set') result[at] = value;
      else if (how === 'drop') result.splice(at, 1);
      else if (how === 'insert') result.splice(at, 0, value);
      else result = result.slice(0, at);
    }
    return Uint8Array.from(result);
  });
  const json = fc.json({ maxDepth: 3 }).map(bytes);
  const list = fc.array(fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(1)), { maxLength: 8 });
  return fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    json,
    list.map((value) => bytes(JSON.stringify(value))),
    changed,
  );
}

describe('tokens', () => {
  const activity = fc.record({
    namespace: id,
    workflowId: id,
    runId: id,
    scheduledEventId: count,
    stamp: count,
  });
  const task = fc.oneof(
    fc.record({
      kind: fc.constant('workflow' as const),
      ...{ namespace: id, workflowId: id, runId: id, startedEventId: count, attempt: count },
    }),
    fc.record({ kind: fc.constant('query' as const), namespace: id, workflowId: id, queryId: id }),
  );

  test('of activities are read back, or are no tokens', () => {
    const read = (token: Uint8Array) => {
      const found = decodeTaskToken(token);
      if (found !== undefined) expect(decodeTaskToken(encodeTaskToken(found))).toEqual(found);
    };
    fc.assert(
      fc.property(activity, (token) => void expect(decodeTaskToken(encodeTaskToken(token))).toEqual(token)),
      settings,
    );
    fc.assert(fc.property(hostile(activity.map(encodeTaskToken)), read), settings);
  });

  test('of workflow tasks and queries are read back, or are no tokens', () => {
    const read = (token: Uint8Array) => {
      const found = decodeWorkflowTaskToken(token);
      if (found !== undefined) expect(decodeWorkflowTaskToken(encodeWorkflowTaskToken(found))).toEqual(found);
    };
    fc.assert(
      fc.property(
        task,
        (token) => void expect(decodeWorkflowTaskToken(encodeWorkflowTaskToken(token))).toEqual(token),
      ),
      settings,
    );
    fc.assert(fc.property(hostile(task.map(encodeWorkflowTaskToken)), read), settings);
  });

  test('of pages of a history are read back, or refused by name', () => {
    const position = fc.record({ runId: id, nextEventId: count, isReverse: fc.boolean() });
    const read = (token: Uint8Array) => {
      try {
        const found = decodePageToken(token, { isReverse: false });
        expect(found === undefined ? token.length : found.isReverse).toBe(found === undefined ? 0 : false);
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringMatching(/^(?:.*: )?nextPageToken: /) });
      }
    };
    fc.assert(fc.property(hostile(position.map(encodePageToken)), read), settings);
  });

  test('of pages of a listing are good for their query alone', () => {
    const place = fc.record({ sortClose: fc.integer(), sortStart: fc.integer(), runId: id });
    const position = fc.record({ after: place, asOf: fc.array(fc.option(fc.integer()), { maxLength: 4 }) });
    fc.assert(
      fc.property(position, id, id, (at, query, other) => {
        const token = encodeListToken(query, at);
        expect(decodeListToken(query, token)).toEqual(at);
        if (other !== query) expect(decodeListToken(`${other} `, token)).toBeUndefined();
      }),
      settings,
    );
    const read = (token: Uint8Array) => {
      const found = decodeListToken('q', token);
      if (found !== undefined) expect(decodeListToken('q', encodeListToken('q', found))).toEqual(found);
    };
    fc.assert(fc.property(hostile(position.map((at) => encodeListToken('q', at))), read), settings);
  });
});

describe('stored frames', () => {
  test('that are damaged are refused as such, or read', () => {
    const value = fc.object({
      values: [fc.string(), fc.integer(), fc.uint8Array({ maxLength: 8 })],
      maxDepth: 3,
    });
    const read = (frame: Uint8Array) => {
      try {
        decodeFrame(frame);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    };
    fc.assert(fc.property(hostile(value.map((of) => encodeFrame(of).bytes)), read), settings);
  });
});

describe('payloads', () => {
  const encoding = fc.oneof(
    fc.constantFrom(
      'json/plain',
      'binary/plain',
      'binary/null',
      'json/protobuf',
      'binary/protobuf',
      'JSON/PLAIN',
    ),
    fc.string({ maxLength: 12 }),
  );
  const data = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.json({ maxDepth: 2 }).map(bytes));
  const payload = fc.record(
    {
      metadata: fc.oneof(
        fc.record({ encoding: fc.oneof(encoding.map(bytes), fc.uint8Array({ maxLength: 6 })) }),
        fc.dictionary(fc.string({ maxLength: 8 }), fc.uint8Array({ maxLength: 6 })),
      ),
      data,
    },
    { requiredKeys: [] },
  );

  test('of any encoding are decoded, or refused as values or as JSON', () => {
    const decode = (of: object) => {
      try {
        defaultPayloadConverter.fromPayload(of);
      } catch (error) {
        const isMeant = error instanceof ValueError || error instanceof SyntaxError;
        expect(isMeant, String(error)).toBe(true);
      }
    };
    fc.assert(fc.property(payload, decode), settings);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('in the details of failures do not keep a failure from being read', () => {
    const failure = fc.letrec((tie) => ({
      failure: fc.record(
        {
          message: id,
          stackTrace: id,
          encodedAttributes: payload,
          applicationFailureInfo: fc.record(
            {
              type: id,
              nonRetryable: fc.boolean(),
              details: fc.record({ payloads: fc.array(payload, { maxLength: 2 }) }),
            },
            { requiredKeys: [] },
          ),
          cause: fc.oneof({ maxDepth: 3 }, fc.constant(undefined), tie('failure')),
        },
        { requiredKeys: [] },
      ),
    })).failure;
    const decode = (of: object) => {
      try {
        expect(defaultFailureConverter.failureToError(of, defaultPayloadConverter)).toBeInstanceOf(Error);
      } catch (error) {
        const isMeant = error instanceof ValueError || error instanceof SyntaxError;
        expect(isMeant, String(error)).toBe(true);
      }
    };
    fc.assert(fc.property(failure as fc.Arbitrary<object>, decode), settings);
  });
});
