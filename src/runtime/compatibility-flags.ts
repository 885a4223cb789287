/** The compatibility flags without which things would go wrong later and in silence. */

const REQUIRED = {
  nodejs_compat: 'AsyncLocalStorage carries the context of activities and cancellation scopes',
  enable_request_signal: 'activities learn that their caller went away, and finish instead of being cut off',
} as const;

interface PlatformGlobal {
  Cloudflare?: { compatibilityFlags?: Readonly<Record<string, boolean | undefined>> };
}

export class CompatibilityFlagError extends Error {
  override readonly name = 'CompatibilityFlagError';
}

/** Throws, with the line to add, when a flag is off. Does nothing where the platform does not say which are on. */
export function assertCompatibilityFlags(platform: PlatformGlobal = globalThis as PlatformGlobal): void {
  const flags = platform.Cloudflare?.compatibilityFlags;
  if (flags === undefined) return;
  const missing = Object.entries(REQUIRED).filter(([name]) => flags[name] === false);
  if (missing.length === 0) return;
  const reasons = missing.map(([name, reason]) => `${name} (${reason})`).join(', ');
  const line = `compatibility_flags = [${Object.keys(REQUIRED)
    .map((name) => `"${name}"`)
    .join(', ')}]`;
  throw new CompatibilityFlagError(
    `Perdure needs the compatibility flag ${reasons}. In wrangler.toml: ${line}`,
  );
}
