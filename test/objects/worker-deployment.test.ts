/** VER-1 to VER-9: the registry of worker deployments, without storage. */
import { describe, expect, it } from 'vitest';
import { applyToDeployments } from '../../src/objects/worker-deployment/deployment-changes.ts';
import {
  type Deployment,
  type DeploymentRegistry,
  NO_DEPLOYMENTS,
} from '../../src/objects/worker-deployment/deployment-record.ts';
import type {
  DeploymentAnswers,
  DeploymentRequest,
} from '../../src/objects/worker-deployment/deployment-requests.ts';
import { versionStatus } from '../../src/sdk/common/worker-deployment-status.ts';

class Registry {
  now = 1000;
  state: DeploymentRegistry = NO_DEPLOYMENTS;

  ask<Request extends DeploymentRequest>(request: Request): DeploymentAnswers[Request['kind']] {
    const { registry, answer } = applyToDeployments(this.state, request, ++this.now);
    this.state = registry;
    return answer as DeploymentAnswers[Request['kind']];
  }

  poll(buildId: string, name = 'orders', deploymentName = 'shop') {
    return this.ask({ kind: 'poll', deploymentName, buildId, queue: { name, kind: 'workflow' } });
  }

  setCurrent(buildId: string | null, more: object = {}) {
    return this.ask({ kind: 'setCurrent', deploymentName: 'shop', buildId, ...more });
  }

  setRamping(buildId: string | null, percentage?: number, more: object = {}) {
    const share = percentage === undefined ? {} : { percentage };
    return this.ask({ kind: 'setRamping', deploymentName: 'shop', buildId, ...share, ...more });
  }

  routing(name = 'orders') {
    return this.ask({ kind: 'routing', queue: { name, kind: 'workflow' } });
  }

  get shop(): Deployment {
    const answer = this.ask({ kind: 'get', deploymentName: 'shop' });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  }

  statuses(): Record<string, string> {
    const { shop } = this;
    return Object.fromEntries(
      shop.versions.map((version) => [version.buildId, versionStatus(shop, version)]),
    );
  }
}

const refused = (message: RegExp, code = 'FAILED_PRECONDITION') => ({
  ok: false,
  error: { code, message: expect.stringMatching(message) },
});
const version = (buildId: string, deploymentName = 'shop') => ({ deploymentName, buildId });

describe('worker deployments: polls', () => {
  it('VER-1: the first poll registers deployment, version and queue, and those after it change nothing', () => {
    const registry = new Registry();
    expect(registry.poll('1')).toEqual({ ok: true, value: { revision: 1, versions: [version('1')] } });
    const { state } = registry;
    registry.poll('1');
    expect(registry.state).toBe(state);
    registry.poll('1', 'billing');
    expect(registry.shop.versions[0]?.taskQueues).toHaveLength(2);
    expect(registry.statuses()).toEqual({ 1: 'INACTIVE' });
  });

  it('VER-1: a poll does not get into the way of a change that was begun before it', () => {
    const registry = new Registry();
    registry.poll('1');
    const { revision } = registry.shop;
    registry.poll('2');
    expect(registry.setCurrent('1', { expectedRevision: revision }).ok).toBe(true);
  });

  it('names that could not be told apart are refused', () => {
    const registry = new Registry();
    for (const name of ['a.b', 'a:b', '__unversioned__', ''])
      expect(registry.poll('1', 'orders', name)).toMatchObject(refused(/deploymentName/, 'INVALID_ARGUMENT'));
    expect(registry.poll('')).toMatchObject(refused(/buildId/, 'INVALID_ARGUMENT'));
  });

  it('VER-9: a full deployment lets the oldest drained version go, and no other', () => {
    const registry = new Registry();
    for (let index = 0; index < 100; index++) registry.poll(`b${index}`);
    expect(registry.poll('one-more')).toMatchObject(refused(/100 versions/, 'RESOURCE_EXHAUSTED'));
    registry.setCurrent('b5');
    registry.setCurrent('b6');
    registry.ask({ kind: 'drainageChecked', deploymentName: 'shop', buildId: 'b5', isDrained: true });
    expect(registry.poll('one-more').ok).toBe(true);
    expect(registry.shop.versions.map(({ buildId }) => buildId)).not.toContain('b5');
    expect(registry.shop.versions).toHaveLength(100);
  });
});

describe('worker deployments: the current version', () => {
  it('VER-2: takes the tasks of the queues that its workers poll, and of no others', () => {
    const registry = new Registry();
    registry.poll('1');
    registry.poll('1', 'billing');
    registry.poll('2');
    registry.setCurrent('1');
    expect(registry.routing().current).toEqual(version('1'));
    registry.setCurrent('2');
    expect(registry.routing().current).toEqual(version('2'));
    expect(registry.routing('billing').current).toBeUndefined();
    expect(registry.routing('other')).toMatchObject({ versions: [] });
    registry.setCurrent(null);
    expect(registry.routing().current).toBeUndefined();
  });

  it('of two deployments that poll a queue the one that changed last has it', () => {
    const registry = new Registry();
    registry.poll('1');
    registry.poll('7', 'orders', 'store');
    registry.setCurrent('1');
    registry.ask({ kind: 'setCurrent', deploymentName: 'store', buildId: '7' });
    expect(registry.routing().current).toEqual(version('7', 'store'));
    registry.setCurrent(null);
    registry.setCurrent('1');
    expect(registry.routing().current).toEqual(version('1'));
  });

  it('VER-5: a conflict token that is not the latest, and a version that is not there, are refused', () => {
    const registry = new Registry();
    registry.poll('1');
    registry.poll('2');
    const { revision } = registry.shop;
    registry.setCurrent('1', { expectedRevision: revision });
    expect(registry.setCurrent('2', { expectedRevision: revision })).toMatchObject(
      refused(/conflict token mismatch/),
    );
    expect(registry.setCurrent('9')).toMatchObject(refused(/'9' not found/));
    expect(registry.ask({ kind: 'setCurrent', deploymentName: 'nobody', buildId: '1' })).toMatchObject(
      refused(/no worker deployment named 'nobody'/, 'NOT_FOUND'),
    );
    expect(registry.shop.current).toBe('1');
  });

  it('said twice it is one change, and the answer says what was before', () => {
    const registry = new Registry();
    registry.poll('1');
    expect(registry.setCurrent('1')).toMatchObject({ ok: true, value: { before: { current: null } } });
    const { state } = registry;
    expect(registry.setCurrent('1')).toMatchObject({ ok: true, value: { before: { current: '1' } } });
    expect(registry.state).toBe(state);
  });

  it('VER-5: only the manager of a deployment changes it, and anyone can become the manager', () => {
    const registry = new Registry();
    registry.poll('1');
    const manage = (managerIdentity: string, identity: string) =>
      registry.ask({ kind: 'setManager', deploymentName: 'shop', managerIdentity, identity });
    manage('ann', 'ann');
    expect(registry.setCurrent('1', { identity: 'bob' })).toMatchObject(refused(/'ann', not 'bob'/));
    expect(registry.setCurrent('1', { identity: 'ann' }).ok).toBe(true);
    expect(manage('', 'bob')).toMatchObject({ ok: true, value: { before: { managerIdentity: 'ann' } } });
    expect(registry.setCurrent(null, { identity: 'bob' }).ok).toBe(true);
  });
});

describe('worker deployments: the ramping version', () => {
  it('VER-4: ramps up, and is no longer ramping once it is current', () => {
    const registry = new Registry();
    registry.poll('1');
    registry.poll('2');
    registry.setCurrent('1');
    registry.setRamping('2', 10);
    expect(registry.routing()).toMatchObject({
      current: version('1'),
      ramping: { version: version('2'), percentage: 10 },
    });
    const since = registry.shop.rampingChangedTime;
    registry.setRamping('2', 50);
    expect(registry.shop).toMatchObject({ ramping: { percentage: 50 }, rampingChangedTime: since });
    registry.setCurrent('2');
    expect(registry.routing().ramping).toBeUndefined();
    expect(registry.statuses()).toEqual({ 1: 'DRAINING', 2: 'CURRENT' });
  });

  it('VER-4: a share outside of 0 to 100, and a version that is current, are refused', () => {
    const registry = new Registry();
    registry.poll('1');
    registry.setCurrent('1');
    expect(registry.setRamping('1', 10)).toMatchObject(refused(/already current/));
    expect(registry.setRamping('1', 101)).toMatchObject(refused(/percentage/, 'INVALID_ARGUMENT'));
  });

  it('VER-4: ramps to workers without a version, and ends', () => {
    const registry = new Registry();
    registry.poll('1');
    registry.setCurrent('1');
    registry.setRamping(null, 25);
    expect(registry.routing().ramping).toEqual({ percentage: 25 });
    registry.setRamping(null);
    expect(registry.routing().ramping).toBeUndefined();
  });
});

describe('worker deployments: versions that are left', () => {
  it('VER-8: drain, become drained, and are active again when they are current again', () => {
    const registry = new Registry();
    for (const buildId of ['1', '2']) registry.poll(buildId);
    registry.setCurrent('1');
    const first = registry.shop.versions[0]?.firstActivationTime;
    registry.setCurrent('2');
    expect(registry.statuses()).toEqual({ 1: 'DRAINING', 2: 'CURRENT' });
    const check = (isDrained: boolean) =>
      registry.ask({ kind: 'drainageChecked', deploymentName: 'shop', buildId: '1', isDrained });
    const { revision } = registry.shop;
    check(false);
    check(true);
    expect(registry.statuses()).toEqual({ 1: 'DRAINED', 2: 'CURRENT' });
    expect(registry.shop.revision).toBe(revision);
    registry.setCurrent('1');
    const [again] = registry.shop.versions;
    expect(again).toMatchObject({ firstActivationTime: first, currentSince: registry.now - 1 });
    expect(again?.drainage).toBeUndefined();
    expect(again?.lastDeactivationTime).toBeUndefined();
  });

  it('VER-8: are deleted once nothing uses them, and their deployment after them', () => {
    const registry = new Registry();
    for (const buildId of ['1', '2']) registry.poll(buildId);
    registry.setCurrent('1');
    const remove = (buildId: string, more: object = {}) =>
      registry.ask({ kind: 'deleteVersion', deploymentName: 'shop', buildId, ...more });
    expect(remove('1')).toMatchObject(refused(/it is CURRENT/));
    registry.setCurrent('2');
    expect(remove('1')).toMatchObject(refused(/it is DRAINING/));
    expect(remove('1', { skipDrainage: true })).toEqual({ ok: true, value: null });
    expect(remove('1')).toEqual({ ok: true, value: null });
    const removeAll = () => registry.ask({ kind: 'delete', deploymentName: 'shop' });
    expect(removeAll()).toMatchObject(refused(/1 versions/));
    registry.setCurrent(null);
    remove('2', { skipDrainage: true });
    expect(removeAll()).toEqual({ ok: true, value: null });
    expect(registry.ask({ kind: 'list', size: 10 })).toEqual({ deployments: [] });
  });

  it('VER-9: a deployment and versions that a caller makes before any worker polls', () => {
    const registry = new Registry();
    registry.ask({ kind: 'create', deploymentName: 'shop', identity: 'ann' });
    registry.ask({ kind: 'createVersion', deploymentName: 'shop', buildId: '1' });
    expect(registry.statuses()).toEqual({ 1: 'CREATED' });
    registry.poll('1');
    expect(registry.statuses()).toEqual({ 1: 'INACTIVE' });
    expect(registry.ask({ kind: 'createVersion', deploymentName: 'nobody', buildId: '1' })).toMatchObject(
      refused(/nobody/, 'NOT_FOUND'),
    );
  });

  it('lists page by page', () => {
    const registry = new Registry();
    for (const name of ['c', 'a', 'b']) registry.poll('1', 'orders', name);
    const first = registry.ask({ kind: 'list', size: 2 });
    expect(first.deployments.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(first.next).toBe('c');
    const rest = registry.ask({ kind: 'list', size: 2, from: 'c' });
    expect(rest.deployments.map(({ name }) => name)).toEqual(['c']);
    expect(rest.next).toBeUndefined();
  });
});
