import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareSurfaces, readExported, renderApiParity } from '../../scripts/lib/api-parity.ts';
import {
  type ExportedName,
  readSurface,
  type Surface,
  sourceEntries,
} from '../../scripts/lib/api-surface.ts';

const repository = resolve(import.meta.dirname, '../..');

function exported(
  name: string,
  members: string[] = [],
  sense: 'value' | 'type' | 'both' = 'both',
): ExportedName {
  return { name, members, isValue: sense !== 'type', isType: sense !== 'value' };
}

function surface(...names: ExportedName[]): Surface {
  return new Map([['client', new Map(names.map((each) => [each.name, each]))]]);
}

describe('api parity: comparing', () => {
  const theirs = surface(
    exported('Client', ['list', 'nexus?']),
    exported('Grpc'),
    exported('Service', [], 'both'),
  );
  const ours = surface(
    exported('Client', ['list?', 'watch']),
    exported('Direct'),
    exported('Service', [], 'type'),
  );
  const reasons = [
    { names: /^Grpc$/, why: 'Tied to gRPC.', package: 'client' },
    { names: /nexus/, why: 'There is no Nexus.' },
    { names: /^Service as a value$/, why: 'Only its type.' },
  ];

  test('names and members are present, absent with a reason, or beyond', () => {
    const { packages, problems } = compareSurfaces(theirs, ours, reasons);
    expect(problems).toEqual([]);
    expect(packages).toEqual([
      {
        name: 'client',
        present: ['Client', 'Service'],
        absent: [{ name: 'Grpc', why: 'Tied to gRPC.' }],
        absentMembers: [
          { name: 'Client.nexus', why: 'There is no Nexus.' },
          { name: 'Service as a value', why: 'Only its type.' },
        ],
        beyond: ['Direct'],
        beyondMembers: ['Client.watch'],
      },
    ]);
  });

  test('a name without a reason and a reason without a name are problems', () => {
    const { problems } = compareSurfaces(theirs, ours, [
      ...reasons.slice(1),
      { names: /^Grpc$/, why: 'Of another package.', package: 'worker' },
    ]);
    expect(problems).toEqual([
      'client: Grpc is absent, and no reason is given',
      'the reason for /^Grpc$/ explains nothing',
    ]);
  });

  test('the page lists what is exported, and can be read back', () => {
    const page = renderApiParity(compareSurfaces(theirs, ours, reasons), '1.2.3');
    expect(page).toContain('| [client](#client) | 3 | 2 | 1 | 1 |');
    expect(page).toContain('| Tied to gRPC. | `Grpc` |');
    expect(readExported(page)).toEqual(new Map([['client', ['Client', 'Direct', 'Service']]]));
  });
});

describe('api parity: the page of this repository', () => {
  test('lists what the packages export', { timeout: 60_000 }, () => {
    const page = readFileSync(join(repository, 'docs/design/api-parity.md'), 'utf8');
    const ours = [...readSurface(sourceEntries(repository))];
    const names = ours.map(([name, exports]) => [name, [...exports.keys()].sort()]);
    expect([...readExported(page)]).toEqual(names);
  });
});
