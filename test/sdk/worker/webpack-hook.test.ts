/** What is taken from a hook that was written for webpack. */
import { resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { DefaultLogger } from '../../../src/sdk/worker/logger.ts';
import { resolutionByHook, type WebpackConfigHook } from '../../../src/sdk/worker/webpack-hook.ts';

const follow = (hook: WebpackConfigHook | undefined, logger?: DefaultLogger) =>
  resolutionByHook(hook, '/project/workflows.ts', logger);

test('its aliases are, in each form that webpack knows', () => {
  const hook: WebpackConfigHook = (config) => ({
    ...config,
    resolve: { ...config.resolve, alias: { '@': '/src', lib$: 'other-lib', mine: './src', none: false } },
  });
  expect(follow(hook)).toEqual({
    alias: { '@': '/src', lib$: 'other-lib', mine: resolve('src') },
    ignored: ['none'],
  });
  const listed: WebpackConfigHook = (config) => {
    config.resolve.alias = [
      { name: 'a', alias: ['/first', '/second'], onlyModule: true },
      { name: 'b', alias: false },
    ];
    return config;
  };
  expect(follow(listed)).toEqual({ alias: { a$: '/first' }, ignored: ['b'] });
});

test('without a hook there is nothing to follow', () => {
  expect(follow(undefined)).toEqual({ alias: {}, ignored: [] });
});

test('it finds what hooks add to, and what is not followed is named', () => {
  const entries = vi.fn();
  const hook: WebpackConfigHook = (config) => {
    config.module.rules.push({ test: /\.txt$/ });
    config.plugins.push({});
    config.resolve.fallback = { crypto: false };
    return config;
  };
  follow(hook, new DefaultLogger('WARN', entries));
  expect(entries).toHaveBeenCalledOnce();
  expect(entries.mock.calls[0]?.[0]).toMatchObject({
    meta: { unused: ['plugins', 'module.rules', 'resolve.fallback'] },
  });
});

test('one that gives no configuration back is refused', () => {
  expect(() => follow(() => undefined)).toThrow('webpackConfigHook must return the configuration');
});
