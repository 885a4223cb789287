import { describe, expect, test } from 'vitest';
import {
  loadSqlite,
  type OpenSqlite,
  wasmSqlite,
} from '../../../../src/sdk/testing/server/sqlite-database.ts';
import { SqliteStorage } from '../../../../src/sdk/testing/server/sqlite-storage.ts';

const kinds: [string, () => Promise<OpenSqlite>][] = [
  ["the platform's own", loadSqlite],
  ['WebAssembly', wasmSqlite],
];

describe.each(kinds)('SQLite in memory: %s', (_, load) => {
  async function table(): Promise<SqliteStorage> {
    const storage = new SqliteStorage(await load());
    storage.exec('CREATE TABLE t (id INTEGER, name TEXT, data BLOB, PRIMARY KEY (id)) WITHOUT ROWID');
    return storage;
  }

  test('values come back as they were written, bytes as ArrayBuffer', async () => {
    const storage = await table();
    storage.exec('INSERT INTO t VALUES (?, ?, ?)', 1, 'é', new Uint8Array([0, 1, 255]));
    storage.exec('INSERT INTO t VALUES (?, ?, ?)', 2, null, null);
    const rows = storage.exec('SELECT * FROM t ORDER BY id');
    expect(rows.map(({ id, name }) => [id, name])).toEqual([
      [1, 'é'],
      [2, null],
    ]);
    expect(rows[0]?.data).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(rows[0]?.data as ArrayBuffer)]).toEqual([0, 1, 255]);
  });

  test('rows written are counted, also those of one statement', async () => {
    const storage = await table();
    storage.exec(`INSERT INTO t SELECT value, 'x', NULL FROM json_each(?)`, '[1, 2, 3]');
    expect(storage.rowsWritten).toBe(3);
    storage.exec('DELETE FROM t WHERE id > ?', 1);
    expect(storage.rowsWritten).toBe(5);
  });

  test('a transaction that throws leaves nothing behind', async () => {
    const storage = await table();
    const failing = () =>
      storage.transaction(() => {
        storage.exec('INSERT INTO t VALUES (?, ?, ?)', 1, 'x', null);
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect(storage.exec('SELECT * FROM t')).toEqual([]);
  });

  test('deleteAll leaves an empty database', async () => {
    const storage = await table();
    await storage.deleteAll();
    expect(() => storage.exec('SELECT * FROM t')).toThrow();
  });
});
