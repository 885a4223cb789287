export interface TLSConfig {
  serverNameOverride?: string;
  serverRootCACertificate?: Uint8Array;
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}

export type TLSConfigOption = TLSConfig | boolean | undefined | null;

/** The configuration as an object; undefined without TLS, which an API key switches on. */
export function normalizeTlsConfig(
  tls: TLSConfigOption,
  apiKey?: string | (() => string),
): TLSConfig | undefined {
  const given = tls ?? apiKey !== undefined;
  if (typeof given === 'object') return given;
  return given ? {} : undefined;
}
