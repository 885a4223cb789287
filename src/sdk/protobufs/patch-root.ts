/** Reflected protobuf roots in the shape that their generated declarations promise. */

/** Members of protobufjs's own objects: a package or message of that name stays reachable by `lookup` alone. */
const RESERVED: ReadonlySet<string> = new Set([
  'options',
  'parsedOptions',
  'name',
  'parent',
  'resolved',
  'comment',
  'filename',
  'nested',
  'root',
  '_nestedArray',
]);

interface Reflected {
  constructor: { new (nameOrOptions: unknown): Reflected; className?: string };
  nested?: Record<string, Reflected>;
  [member: string]: unknown;
}

/**
 * Gives a copy of `root`, as `pbjs -t json-module` makes it, in which packages are members: `root.acme.orders.Order`. What
 * is given is left as it is.
 */
export function patchProtobufRoot<T extends Record<string, unknown>>(root: T): T {
  // A root is a protobufjs object under whatever type its declarations give it.
  const patched = withPackagesAsMembers(root as unknown as Reflected, {});
  // Own members, so that a copy of the module's members, as `import *` of CommonJS makes it, is a root still.
  if (!Object.hasOwn(patched, 'root')) {
    Object.defineProperty(patched, 'root', { get: () => patched, enumerable: true, configurable: true });
  }
  if (!Object.hasOwn(patched, 'constructor')) {
    Object.defineProperty(patched, 'constructor', {
      value: patched.constructor,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return patched as unknown as T;
}

function withPackagesAsMembers(source: Reflected, nameOrOptions: unknown): Reflected {
  const copy = new source.constructor(nameOrOptions);
  for (const member in source) {
    if (member !== 'root') copy[member] = source[member];
  }
  for (const [name, nested] of Object.entries(source.nested ?? {})) {
    if (RESERVED.has(name)) continue;
    // Known by name, not by class: there may be several copies of protobufjs.
    const { className } = nested.constructor;
    if (className === 'Namespace') copy[name] = withPackagesAsMembers(nested, name);
    else if (className === 'Type') copy[name] = nested;
  }
  return copy;
}
