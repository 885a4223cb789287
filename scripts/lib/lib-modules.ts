/**
 * The modules below `lib/` of the packages, `perdure/common/lib/time` and the like, as published. What they export is built once
 * per package, as one module of namespaces; each of them is a small file that takes its names from there. As entries of their
 * own they would cut the shared code into hundreds of chunks.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

export interface LibModule {
  /** `common` */
  package: string;
  /** `converter/types` */
  path: string;
  /** From the repository's root. */
  source: string;
  /** Its name in the module of namespaces. */
  id: string;
}

const PACKAGES = ['common', 'workflow', 'client', 'worker', 'testing'];
const NAMESPACE = 'perdure-lib';

export function libModules(repository: string): LibModule[] {
  return PACKAGES.flatMap((name) => {
    const folder = join(repository, 'src/sdk', name, 'lib');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.replaceAll('\\', '/').slice(0, -'.ts'.length))
      .sort()
      .map((path) => ({
        package: name,
        path,
        source: `src/sdk/${name}/lib/${path}.ts`,
        id: `${name}_${path.replaceAll(/[^a-z]/g, '_')}`,
      }));
  });
}

/** An entry for esbuild: the module of a package's namespaces, as `sdk/<package>/lib.js`. */
export function libEntry(name: string): { in: string; out: string } {
  return { in: `${NAMESPACE}:${name}`, out: `sdk/${name}/lib` };
}

export function libPlugin(repository: string): Plugin {
  return {
    name: NAMESPACE,
    setup(setup) {
      setup.onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => ({
        path: path.slice(NAMESPACE.length + 1),
        namespace: NAMESPACE,
      }));
      setup.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path: name }) => ({
        contents: libModules(repository)
          .filter((module) => module.package === name)
          .map(({ id, source }) => `export * as ${id} from './${source}';`)
          .join('\n'),
        resolveDir: repository,
        loader: 'ts',
      }));
    },
  };
}

/** Writes the small files beside the built modules of namespaces. Declarations are the compiler's. */
export async function writeLibModules(repository: string, output: string): Promise<void> {
  for (const module of libModules(repository)) {
    const folder = join(output, 'sdk', module.package);
    const namespaces = await import(pathToFileURL(join(folder, 'lib.js')).href);
    const names = Object.keys(namespaces[module.id]);
    const file = join(folder, 'lib', `${module.path}.js`);
    const lib = relative(dirname(file), join(folder, 'lib.js')).replaceAll('\\', '/');
    write(
      file,
      names.length === 0
        ? 'export {};\n'
        : `import { ${module.id} as lib } from '${lib}';\n\nexport const { ${names.join(', ')} } = lib;\n`,
    );
  }
}

/** The same for `require`, from the one CommonJS file. */
export function writeLibForRequire(repository: string, output: string): void {
  for (const { package: name, path, id } of libModules(repository)) {
    const file = join(output, 'require', name, 'lib', `${path}.cjs`);
    const all = relative(dirname(file), join(output, 'require/all.cjs')).replaceAll('\\', '/');
    write(file, `module.exports = require('${all}').${id};\n`);
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
