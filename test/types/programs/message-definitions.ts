/** defineSignal, defineQuery, defineUpdate: what a definition carries, with and without arguments and names. */

import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

export const plain = defineSignal('plain');
export const withArgs = defineSignal<[string, number]>('withArgs');
export const named = defineSignal<[boolean], 'named'>('named');
type _Plain = Expect<Equal<typeof plain, SignalDefinition<[], 'plain'>>>;
type _WithArgs = Expect<Equal<typeof withArgs, SignalDefinition<[string, number], string>>>;
type _Named = Expect<Equal<typeof named, SignalDefinition<[boolean], 'named'>>>;
type _NamedName = Expect<Equal<(typeof named)['name'], 'named'>>;

export const state = defineQuery<string>('state');
export const item = defineQuery<number | undefined, [string]>('item');
export const namedQuery = defineQuery<string[], [], 'list'>('list');
type _State = Expect<Equal<typeof state, QueryDefinition<string, [], string>>>;
type _Item = Expect<Equal<typeof item, QueryDefinition<number | undefined, [string], string>>>;
type _NamedQuery = Expect<Equal<typeof namedQuery, QueryDefinition<string[], [], 'list'>>>;

export const bump = defineUpdate<number>('bump');
export const set = defineUpdate<void, [string, { deep: boolean }]>('set');
export const namedUpdate = defineUpdate<string, [number], 'rename'>('rename');
type _Bump = Expect<Equal<typeof bump, UpdateDefinition<number, [], string>>>;
type _Set = Expect<Equal<typeof set, UpdateDefinition<void, [string, { deep: boolean }], string>>>;
type _NamedUpdate = Expect<Equal<(typeof namedUpdate)['type'], 'update'>>;

type _SignalType = Expect<Equal<(typeof plain)['type'], 'signal'>>;
type _QueryType = Expect<Equal<(typeof state)['type'], 'query'>>;

// @ts-expect-error TS2344: arguments are a tuple or an array
export const badArgs = defineSignal<string>('bad');
// @ts-expect-error TS2345: a definition is made from a name
export const badName = defineQuery<string>(5);
// @ts-expect-error TS2345: the name given is the name typed
export const otherName = defineUpdate<void, [], 'one'>('other');
// @ts-expect-error TS2322: definitions of other arguments are not exchangeable
export const exchanged: SignalDefinition<[number]> = withArgs;
// @ts-expect-error TS2322: a query is not a signal
export const kind: SignalDefinition<[]> = state;
