/** A namespace whose deletion was lost on its way: nothing of it gets into the one that bears its name next. */
import { beforeEach, expect, it } from 'vitest';
import { defaultNamespace } from '../../../src/objects/namespace/namespace-record.ts';
import { namespaceService } from '../../../src/sdk/client/direct/namespace-service.ts';

type Options = Parameters<typeof namespaceService>[0];

let record: { name: string; state: 'REGISTERED' | 'DELETED' } | undefined;
/** Runs that the index lists; those of a namespace that is left are erased. */
let runs: number;
let schedules: string[];
let isLost: boolean;

beforeEach(() => {
  record = { name: 'shop', state: 'REGISTERED' };
  runs = 3;
  schedules = ['nightly', 'hourly'];
  isLost = false;
});

const options = {
  namespaces: {
    find: async () => record && { ...defaultNamespace('id', 0), ...record },
    changeSettings: async () => {
      record = { name: 'shop', state: 'DELETED' };
      return { ok: true, value: record };
    },
    register: async () => {
      record = { name: 'shop', state: 'REGISTERED' };
      return { ok: true, value: record };
    },
  },
  visibility: {
    async leave() {
      if (isLost) throw new Error('lost');
      runs = 0;
    },
    statistics: async () => [{ runs }],
    clear: async () => {},
  },
  schedules: (_namespace: string, scheduleId: string) => ({
    delete: async () => {
      schedules = schedules.filter((each) => each !== scheduleId);
      return { ok: true, value: undefined };
    },
  }),
  scheduleIndex: () => ({
    list: async () => ({ ok: true, value: { entries: schedules.map((scheduleId) => ({ scheduleId })) } }),
  }),
} as unknown as Options;

const shop = { namespace: 'shop', workflowExecutionRetentionPeriod: 86_400_000 };

it('NS-5: is deleted to its end by a repetition of the call', async () => {
  const service = namespaceService(options);
  isLost = true;
  await expect(service.deleteNamespace({ namespace: 'shop' })).rejects.toThrow('lost');
  isLost = false;
  await service.deleteNamespace({ namespace: 'shop' });
  expect([record?.state, runs, schedules]).toEqual(['DELETED', 0, []]);
});

it.each([
  [3, 2, '3 runs are left'],
  [0, 2, 'schedules are left'],
])(
  'NS-5: its name is refused while %j runs and %j schedules are left',
  async (openRuns, openSchedules, said) => {
    const service = namespaceService(options);
    isLost = true;
    await expect(service.deleteNamespace({ namespace: 'shop' })).rejects.toThrow('lost');
    runs = openRuns;
    schedules = schedules.slice(0, openSchedules);
    await expect(service.registerNamespace(shop)).rejects.toMatchObject({
      code: 9,
      details: expect.stringMatching(new RegExp(`${said}.*delete it again`)) as unknown,
    });
    expect([record?.state, runs, schedules.length]).toEqual(['DELETED', openRuns, openSchedules]);
    isLost = false;
    await service.deleteNamespace({ namespace: 'shop' });
    await service.registerNamespace(shop);
    expect([record?.state, runs, schedules]).toEqual(['REGISTERED', 0, []]);
  },
);
