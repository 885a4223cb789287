/** Loads a converter's module by its path, in Node and its like; a Worker has no modules by path. */
import type { ModuleLoader } from './data-converter.ts';

interface HostModule {
  createRequire?: (path: string) => ModuleLoader;
}

interface HostProcess {
  cwd?: () => string;
  getBuiltinModule?: (name: string) => HostModule | undefined;
}

export function hostModuleLoader(): ModuleLoader | undefined {
  if (typeof navigator === 'object' && navigator.userAgent === 'Cloudflare-Workers') return undefined;
  const { cwd, getBuiltinModule } = (globalThis as { process?: HostProcess }).process ?? {};
  return getBuiltinModule?.('node:module')?.createRequire?.(`${cwd?.() ?? ''}/package.json`);
}
