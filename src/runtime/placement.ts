/**
 * Where the objects of a namespace are: in the jurisdiction that it was registered with, or near a place.
 *
 * P1 A namespace keeps its placement for ever, also when it is deleted and registered anew: it is part of how its objects are
 *    found again. So it is looked up once an isolate.
 * P2 An object's name says nothing of its placement. Who asks for a stub gets one at once; calls wait for the look-up.
 */
import type { NamespaceDirectory, Placement } from '../objects/namespace/namespace-api.ts';

/** The part of an object namespace binding that is used. */
export interface PlaceableObjects {
  getByName(name: string, options?: { locationHint?: string }): unknown;
  jurisdiction(jurisdiction: string): PlaceableObjects;
}

export interface Placements {
  /** Undefined until it has been looked up; null where there is none. */
  known(namespace: string): Placement | null | undefined;
  lookUp(namespace: string): Promise<Placement | null>;
}

const REMEMBERED_MAX = 10_000;

export function createPlacements(directory: Pick<NamespaceDirectory, 'find'>): Placements {
  const cache = new Map<string, Placement | null>();
  return {
    known: (namespace) => cache.get(namespace),
    async lookUp(namespace) {
      const record = await directory.find(namespace);
      // One that is not registered has no objects, and may yet be given a place.
      if (record === undefined) return null;
      if (cache.size >= REMEMBERED_MAX) cache.clear();
      const placement = record.placement ?? null;
      cache.set(namespace, placement);
      return placement;
    },
  };
}

/** The stub of an object of this namespace. */
export function placedStub<Stub extends object>(
  placements: Placements,
  { namespace, name, objects }: { namespace: string; name: string; objects: PlaceableObjects },
): Stub {
  // Sound: whoever asks knows the class that is exported under the binding's name.
  const stubAt = (placement: Placement | null) => objectAt(objects, name, placement) as Stub;
  const known = placements.known(namespace);
  if (known !== undefined) return stubAt(known);
  // P2. The methods of the stub, and nothing else: a stub has no properties that are read.
  return new Proxy({} as Stub, {
    get: (_, method) => {
      // It is no promise.
      if (method === 'then') return undefined;
      return async (...input: unknown[]) => {
        const stub = stubAt(await placements.lookUp(namespace));
        return (stub as Record<PropertyKey, (...input: unknown[]) => unknown>)[method]?.(...input);
      };
    },
  });
}

function objectAt(objects: PlaceableObjects, name: string, placement: Placement | null): unknown {
  const { jurisdiction, locationHint } = placement ?? {};
  if (jurisdiction !== undefined) return within(objects, jurisdiction).getByName(name);
  return locationHint === undefined ? objects.getByName(name) : objects.getByName(name, { locationHint });
}

/** workerd on one's own machine has no jurisdictions, and says so: there everything is in one place. */
function within(objects: PlaceableObjects, jurisdiction: string): PlaceableObjects {
  try {
    return objects.jurisdiction(jurisdiction);
  } catch (error) {
    if (error instanceof Error && /not implemented in workerd/.test(error.message)) return objects;
    throw error;
  }
}
