/** VER-3, VER-4, VER-6, VER-7: which version a run is pinned to, what comes after it inherits, and how it is found. */
import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import type { StartWorkflowRequest } from '../../src/engine/requests.ts';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import type { VersioningBehaviorName } from '../../src/sdk/common/wire/messages.ts';
import { Host } from './support/host.ts';

const shop = (buildId: string) => ({ deploymentName: 'shop', buildId });
const pinnedBy = (buildId: string) => ({ pinned: { version: shop(buildId), behavior: 1 } });

class Versioned extends Host {
  /** A task completed by this build. */
  by(buildId: string, versioningBehavior?: VersioningBehaviorName, commands: object[] = []) {
    const build = { buildId, deployment: shop(buildId), ...(versioningBehavior && { versioningBehavior }) };
    const completion = { kind: 'completed', updates: [], queries: [], build } as const;
    return this.complete({ ...completion, commands: commands as Command[] });
  }

  get pin(): string | undefined {
    return engine.pinnedVersion(this.run)?.buildId;
  }

  attributes(): Record<string, unknown> {
    const { indexedFields = {} } = engine.visibilityRecord(this.run).info.searchAttributes ?? {};
    return Object.fromEntries(
      Object.entries(indexedFields).map(([name, { data }]) => [
        name,
        JSON.parse(new TextDecoder().decode(data ?? undefined)),
      ]),
    );
  }
}

function given(request: Partial<StartWorkflowRequest> = {}): Versioned {
  const host = new Versioned();
  host.start(request);
  return host;
}

describe('versioning: the version that a run is pinned to', () => {
  test('VER-3: is that of its last task, if that said so', () => {
    const host = given();
    expect(host.pin).toBeUndefined();
    host.by('1', 'PINNED');
    expect(host.pin).toBe('1');
    host.signal('go');
    host.by('2', 'AUTO_UPGRADE');
    expect(host.pin).toBeUndefined();
  });

  test('VER-4: is that of the override as long as there is one', () => {
    const host = given({ versioningOverride: pinnedBy('7') });
    expect(host.pin).toBe('7');
    host.by('7', 'AUTO_UPGRADE');
    expect(host.pin).toBe('7');
    host.apply({ kind: 'UpdateWorkflowOptions', versioningOverride: { autoUpgrade: true } });
    expect(host.pin).toBeUndefined();
    host.apply({ kind: 'UpdateWorkflowOptions', versioningOverride: { pinnedVersion: 'shop.9' } });
    expect(host.pin).toBe('9');
    host.apply({ kind: 'UpdateWorkflowOptions', unsetVersioningOverride: true });
    expect(host.pin).toBeUndefined();
  });

  test('VER-4: an override for one task is over with it', () => {
    const host = given();
    host.by('1', 'PINNED');
    const oneTime = { targetDeploymentVersion: shop('2') };
    host.apply({ kind: 'UpdateWorkflowOptions', versioningOverride: { oneTime } });
    expect(host.pin).toBe('2');
    host.signal('go');
    host.by('2', 'PINNED');
    expect(host.pin).toBe('2');
    expect(engine.describe(host.run, host.now).workflowExecutionInfo.versioningInfo).toEqual({
      behavior: 'PINNED',
      deploymentVersion: shop('2'),
      version: 'shop.2',
    });
  });
});

describe('versioning: what comes after a run', () => {
  const next = (host: Versioned) => {
    const [started] = host.history();
    if (started?.eventType !== 'WorkflowExecutionStarted') throw new Error('no next run');
    return started.attributes;
  };
  const continueAsNew = (more: object = {}) => ({
    commandType: 'ContinueAsNewWorkflowExecution',
    attributes: { ...more },
  });

  test('VER-6: continued as new it stays with the version that it is pinned to', () => {
    const host = given();
    host.by('1', 'PINNED', [continueAsNew()]);
    expect(next(host).inheritedPinnedVersion).toEqual(shop('1'));
    expect(host.pin).toBe('1');
    host.advance(5000);
    host.by('1', 'AUTO_UPGRADE');
    expect(host.pin).toBeUndefined();
  });

  test('VER-6: it leaves the version when its code says so, or for another task queue', () => {
    for (const more of [{ initialVersioningBehavior: 1 }, { taskQueue: { name: 'other' } }]) {
      const host = given();
      host.by('1', 'PINNED', [continueAsNew(more)]);
      expect(next(host).inheritedPinnedVersion).toBeUndefined();
      expect(host.pin).toBeUndefined();
    }
  });

  test('VER-6: an override that pins is inherited, one that upgrades is not', () => {
    const overrides = [pinnedBy('7'), { autoUpgrade: true }];
    const inherited = overrides.map((versioningOverride) => {
      const host = given({ versioningOverride });
      host.by('7', 'AUTO_UPGRADE', [continueAsNew()]);
      return next(host).versioningOverride;
    });
    expect(inherited).toEqual([pinnedBy('7'), undefined]);
  });

  test('VER-6: a retry stays with a version only if it was inherited; cron never does', () => {
    const fail = { commandType: 'FailWorkflowExecution', attributes: { failure: { message: 'no' } } };
    const retryPolicy = { initialInterval: 1000, backoffCoefficient: 2, maximumAttempts: 3 };
    const fresh = given({ retryPolicy });
    fresh.by('1', 'PINNED', [fail]);
    expect(next(fresh).inheritedPinnedVersion).toBeUndefined();
    const heir = given({ retryPolicy, inheritedPinnedVersion: shop('1') });
    heir.by('1', 'PINNED', [fail]);
    expect(next(heir).inheritedPinnedVersion).toEqual(shop('1'));
    const cron = given({ cronSchedule: '* * * * *', inheritedPinnedVersion: shop('1') });
    cron.advance(60_000);
    cron.by('1', 'PINNED', [fail]);
    expect(next(cron).inheritedPinnedVersion).toBeUndefined();
  });
});

describe('versioning: listings', () => {
  test('VER-7: find a run by its version and behavior, and by all versions that it has used', () => {
    const host = given();
    expect(host.attributes()).toEqual({});
    const { visibilityVersion } = host.run;
    host.by('1', 'AUTO_UPGRADE');
    expect(host.run.visibilityVersion).toBe(visibilityVersion + 1);
    host.signal('go');
    host.by('2', 'AUTO_UPGRADE');
    expect(host.attributes()).toEqual({
      TemporalWorkerDeployment: 'shop',
      TemporalWorkerDeploymentVersion: 'shop:2',
      TemporalWorkflowVersioningBehavior: 'AutoUpgrade',
      TemporalUsedWorkerDeploymentVersions: ['shop:1', 'shop:2'],
    });
    const before = host.run.visibilityVersion;
    host.signal('go');
    host.by('2', 'AUTO_UPGRADE');
    expect(host.run.visibilityVersion).toBe(before);
    host.apply({ kind: 'UpdateWorkflowOptions', versioningOverride: pinnedBy('3') });
    expect(host.attributes()).toMatchObject({
      TemporalWorkerDeploymentVersion: 'shop:3',
      TemporalWorkflowVersioningBehavior: 'Pinned',
    });
  });
});
