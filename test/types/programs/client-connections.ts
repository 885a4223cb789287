/** Connection and what a client takes. */
import {
  Client,
  Connection,
  type ConnectionLike,
  type ConnectionOptions,
  LOCAL_TARGET,
} from '@temporalio/client';
import type { Equal, Expect } from './expect';

export async function program(): Promise<void> {
  const connection = await Connection.connect({ address: 'localhost:7233', connectTimeout: '5s' });
  type _Connection = Expect<Equal<typeof connection, Connection>>;
  const lazy = Connection.lazy();
  const like: ConnectionLike = lazy;
  await lazy.ensureConnected();
  const client = new Client({ connection: like, namespace: 'other', identity: 'i' });
  const answer = await client.withDeadline(Date.now() + 1000, async () => 5);
  type _Answer = Expect<Equal<typeof answer, number>>;
  const scoped = await connection.withMetadata({ key: 'value' }, () => Promise.resolve('x'));
  type _Scoped = Expect<Equal<typeof scoped, string>>;
  await connection.withAbortSignal(new AbortController().signal, async () => {});
  await connection.withDeadline(new Date(), async () => {});
  const information = await client.workflowService.getSystemInfo({});
  void information;
  await connection.close();
  const target: string = LOCAL_TARGET; // Which port that is differs: it is the local server's own.
  void target;
  // @ts-expect-error TS2554: a deadline is required
  await connection.withDeadline(async () => {});
  // @ts-expect-error TS2353: there is no such option
  await Connection.connect({ url: 'http://localhost' });
}
export const options: ConnectionOptions = {
  address: 'example.com:7233',
  tls: true,
  apiKey: () => 'key',
  metadata: { 'x-tenant': 'a' },
};
export const withCertificates: ConnectionOptions = {
  tls: {
    serverNameOverride: 'name',
    clientCertPair: { crt: new Uint8Array() as never, key: new Uint8Array() as never },
  },
};
