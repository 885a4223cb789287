/** Where stubs lead. workerd on one's own machine has no jurisdictions, so a stand-in for the platform's binding says it. */
import { describe, expect, it } from 'vitest';
import type { NamespaceRecord } from '../../src/objects/namespace/namespace-api.ts';
import { defaultNamespace } from '../../src/objects/namespace/namespace-record.ts';
import { createPlacements, type PlaceableObjects, placedStub } from '../../src/runtime/placement.ts';

interface Stub {
  where(): Promise<string>;
}

function objectsAt(place: string, hasJurisdictions = true): PlaceableObjects {
  return {
    getByName: (name, { locationHint } = {}) => ({
      where: async () => [place, locationHint, name].filter(Boolean).join(' '),
    }),
    jurisdiction: (jurisdiction) => {
      if (!hasJurisdictions) throw new Error('Jurisdiction restrictions are not implemented in workerd.');
      return objectsAt(jurisdiction);
    },
  };
}

const record = (name: string, more: Partial<NamespaceRecord> = {}): NamespaceRecord => ({
  ...defaultNamespace(`id-${name}`, 0),
  name,
  ...more,
});

function world() {
  const records = new Map(
    [
      record('plain'),
      record('union', { placement: { jurisdiction: 'eu' } }),
      record('near', { placement: { locationHint: 'weur' } }),
    ].map((each) => [each.name, each]),
  );
  const found: string[] = [];
  const placements = createPlacements({
    find: async (name) => {
      found.push(name);
      return records.get(name);
    },
  });
  const stub = (namespace: string, objects = objectsAt('anywhere')) =>
    placedStub<Stub>(placements, { namespace, name: `${namespace}/w`, objects });
  return { records, found, stub };
}

describe('the objects of a namespace', () => {
  it('are in its jurisdiction, near its place, or anywhere', async () => {
    const { stub } = world();
    expect(await stub('union').where()).toBe('eu union/w');
    expect(await stub('near').where()).toBe('anywhere weur near/w');
    expect(await stub('plain').where()).toBe('anywhere plain/w');
  });

  it('are found without asking again', async () => {
    const { stub, found } = world();
    await stub('union').where();
    expect(await stub('union').where()).toBe('eu union/w');
    expect(found).toEqual(['union']);
  });

  it('of one that is registered later are where it says then', async () => {
    const { stub, records } = world();
    expect(await stub('late').where()).toBe('anywhere late/w');
    records.set('late', record('late', { placement: { jurisdiction: 'us' } }));
    expect(await stub('late').where()).toBe('us late/w');
  });

  it('are all in one place where there are no jurisdictions', async () => {
    const { stub } = world();
    expect(await stub('union', objectsAt('here', false)).where()).toBe('here union/w');
  });
});
