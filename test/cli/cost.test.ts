import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, DEFAULT_SHAPE, type RunShape, rowsWritten } from '../../src/cli/cost/model.ts';
import { COST_OPTIONS, type CostFlags, costCommand } from '../../src/cli/cost-command.ts';

function run(flags: CostFlags): { code: number; info: string; error: string } {
  const written = { info: '', error: '' };
  const code = costCommand(flags, {
    info: (text) => {
      written.info += `${text}\n`;
    },
    error: (text) => {
      written.error += `${text}\n`;
    },
  });
  return { code, ...written };
}

describe('perdure cost', () => {
  it('adds up the lines of the bill', () => {
    const { lines, dollars } = costOf({ ...DEFAULT_SHAPE, activities: 5, timers: 1, signals: 1 }, 1_000_000);
    expect(Object.fromEntries(lines.map((line) => [line.name, line.perRun]))).toMatchObject({
      'rows written': 32,
      'object requests': 6,
      'Worker requests': 3,
      CPU: 8,
    });
    expect(lines.find(({ name }) => name === 'rows written')?.dollars).toBe(32);
    expect(dollars).toBeCloseTo(lines.reduce((sum, line) => sum + line.dollars, 0));
  });

  it('bills the time in which an activity holds the object, and the calls that keep it', () => {
    const short = costOf({ ...DEFAULT_SHAPE, activitySeconds: 0 }, 1);
    const long = costOf({ ...DEFAULT_SHAPE, activitySeconds: 60 }, 1);
    const difference = (name: string): number =>
      Number(long.lines.find((line) => line.name === name)?.perRun) -
      Number(short.lines.find((line) => line.name === name)?.perRun);
    expect(difference('duration')).toBeCloseTo(60 * 0.128);
    expect(difference('object requests')).toBe(3);
  });

  it('costs more for everything that is added', () => {
    const members = COST_OPTIONS.map(([, member]) => member);
    const shape = fc.record(
      Object.fromEntries(members.map((member) => [member, fc.integer({ min: 0, max: 1000 })])),
    ) as unknown as fc.Arbitrary<RunShape>;
    fc.assert(
      fc.property(shape, fc.constantFrom(...members), (less, member) => {
        const more = { ...less, [member]: less[member] + 20 };
        expect(costOf(more, 1e6).dollars).toBeGreaterThanOrEqual(costOf(less, 1e6).dollars);
        expect(rowsWritten(more)).toBeGreaterThanOrEqual(rowsWritten(less));
      }),
    );
  });

  it('prints a table, or JSON', () => {
    expect(run({ activities: 5 }).info).toMatch(/rows written .*\$\d+\.\d\d\n(.*\n)*in all +\$\d+\.\d\d/);
    expect(JSON.parse(run({ json: true, runs: 1 }).info)).toMatchObject({ runs: 1, shape: DEFAULT_SHAPE });
  });

  it.each(['x', -1, Number.NaN, true, [1, 2]])('refuses %o and names the option', (timers) => {
    expect(run({ timers })).toEqual({
      code: 1,
      info: '',
      error: `perdure cost: --timers takes a number of 0 or more, got '${String(timers)}'\n`,
    });
  });
});
