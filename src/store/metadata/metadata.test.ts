import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { silentLog } from '../../self/log.ts'
import { insertAudit, pruneAudit, selectAudit } from './audit.ts'
import type { FeatureMigrations } from './migrate.ts'
import { openMetadata } from './open.ts'
import {
  deleteOldSignIns,
  deleteSignIn,
  deleteSignInsOf,
  findSignIn,
  insertSignIn,
  touchSignIn,
} from './sign-ins.ts'
import { FEATURES } from './tables.ts'
import { describeEachDatabase } from './testing/each-database.ts'
import { deleteToken, findTokenByHash, insertToken, listTokens, touchToken } from './tokens.ts'
import {
  deleteUser,
  findUser,
  findUserByLogin,
  insertUser,
  listUsers,
  touchUser,
  updateUser,
  type NewUser,
} from './users.ts'

const ADA: NewUser = {
  login: 'ada',
  name: 'Ada',
  email: '',
  kind: 'person',
  role: 'admin',
  passwordHash: '$argon2id$x',
  disabled: false,
}
const TIME_MS = 1_763_700_000_123

const signIn = (idHash: string, userId: number, timeMs = TIME_MS) => ({
  idHash,
  userId,
  createdMs: timeMs,
  lastSeenMs: timeMs,
  address: '10.0.0.1',
  userAgent: 'Firefox',
})

const token = (name: string, userId?: number) => ({
  name,
  secretHash: `hash of ${name}`,
  hint: 'vdt_abcd',
  scopes: ['metrics:read', 'logs:write'],
  userId,
  createdBy: 'ada',
  createdMs: TIME_MS,
  expiresMs: undefined,
})

describeEachDatabase('opening metadata', ({ open, place }) => {
  it('keeps what was written, and its tables, when it is opened again', async () => {
    const where = await place()
    const first = await open(where)
    await insertUser(first, ADA, TIME_MS)
    await first.close()
    expect(await listUsers(await open(where))).toMatchObject([{ login: 'ada', updatedMs: TIME_MS }])
  })

  it('refuses a database that a newer program wrote, and changes nothing in it', async () => {
    const where = await place()
    const first = await open(where)
    await first.db.updateTable('schema_versions').set({ version: 99 }).execute()
    await first.close()
    await expect(openMetadata(where, silentLog())).rejects.toThrow(
      /version 99 of the tables of "access".*use a newer Vedette/,
    )
    await expect(openMetadata(where, silentLog(), [])).rejects.toThrow(/does not know them/)
  })

  it('is brought to a newer form by a start alone, which takes a backup before', async () => {
    const where = await place()
    const step = (version: number): FeatureMigrations['migrations'][number] => ({
      version,
      up: async (db) => void (await sql`create table step (a integer)`.execute(db)),
    })
    const next = [...FEATURES, { feature: 'next', migrations: [step(1)] }]
    // A new one gets its tables from whoever opens it first, such as `vedette user add`.
    await (await openMetadata(where, silentLog(), FEATURES, 'beside')).close()
    await expect(openMetadata(where, silentLog(), next, 'beside')).rejects.toThrow(
      /written by an older Vedette \(version 0 of the tables of "next", .*start this version of the server first/,
    )
    const copied = await openMetadata(where, silentLog(), next, 'reader')
    await expect(sql`select * from step`.execute(copied.db)).rejects.toThrow(/step/)
    await copied.close()
    await (await openMetadata(where, silentLog(), next)).close()
    const again = await openMetadata(where, silentLog(), next, 'beside')
    expect((await sql`select * from step`.execute(again.db)).rows).toEqual([])
    await again.close()
  })

  it('undoes a migration that fails halfway', async () => {
    const where = await place()
    const broken: FeatureMigrations = {
      feature: 'broken',
      migrations: [
        {
          version: 1,
          up: async (db) => {
            await sql`create table half (a integer)`.execute(db)
            await sql`create nonsense`.execute(db)
          },
        },
      ],
    }
    await expect(openMetadata(where, silentLog(), [...FEATURES, broken])).rejects.toThrow(Problem)
    const again = await open(where)
    await expect(sql`select * from half`.execute(again.db)).rejects.toThrow(/half/)
  })

  it('migrates once when several programs start at the same moment', async () => {
    const where = await place()
    const all = await Promise.all([open(where), open(where), open(where)])
    await Promise.all(all.map((one, at) => insertUser(one, { ...ADA, login: `u${at}` }, TIME_MS)))
    expect(await listUsers(await open(where))).toHaveLength(3)
  })

  it('answers nothing once closed', async () => {
    const metadata = await open()
    await metadata.close()
    await expect(listUsers(metadata)).rejects.toThrow(/closed|destroyed|end/)
  })

  it('names a place that cannot be opened, without its password', async () => {
    const where = await place()
    const wrong =
      'path' in where
        ? { path: `${dirname(where.path)}/missing/metadata.db` }
        : { url: 'postgres://ada:swordfish@127.0.0.1:1/vedette' }
    const fault = await openMetadata(wrong, silentLog()).catch((thrown: unknown) => thrown)
    expect(fault).toMatchObject({ code: 'unavailable' })
    expect(String(fault)).toContain('path' in wrong ? wrong.path : '127.0.0.1:1/vedette')
    expect(String(fault)).not.toContain('swordfish')
  })

  it('refuses what a database would change or break on', async () => {
    const metadata = await open()
    await expect(insertUser(metadata, { ...ADA, name: 'a\0b' }, TIME_MS)).rejects.toThrow(Problem)
    expect(await listUsers(metadata)).toEqual([])
  })

  it('says what cannot be bound (libsql would abort)', async () => {
    const metadata = await open()
    if (metadata.kind === 'postgres') return
    await expect(sql`select ${true} as a`.execute(metadata.db)).rejects.toThrow(/boolean/)
  })

  it('is readable by its owner alone', async () => {
    const where = await place()
    if (!('path' in where)) return
    const metadata = await open(where)
    await insertUser(metadata, ADA, TIME_MS)
    for (const end of ['', '-wal', '-shm']) {
      expect(statSync(`${where.path}${end}`).mode & 0o777).toBe(0o600)
    }
    expect((await sql`pragma synchronous`.execute(metadata.db)).rows).toEqual([{ synchronous: 2 }])
    expect((await sql`pragma journal_mode`.execute(metadata.db)).rows).toEqual([
      { journal_mode: 'wal' },
    ])
  })

  it('undoes a transaction that fails, and serves others meanwhile', async () => {
    const metadata = await open()
    const failed = metadata.db.transaction().execute(async (transaction) => {
      await insertUser({ ...metadata, db: transaction }, ADA, TIME_MS)
      throw new Error('changed my mind')
    })
    const other = insertUser(metadata, { ...ADA, login: 'bob' }, TIME_MS)
    await expect(failed).rejects.toThrow('changed my mind')
    await other
    expect((await listUsers(metadata)).map(({ login }) => login)).toEqual(['bob'])
  })
})

describeEachDatabase('users', ({ open }) => {
  it('are added, found, changed and removed', async () => {
    const metadata = await open()
    const ada = await insertUser(metadata, ADA, TIME_MS)
    expect(ada).toEqual({
      ...ADA,
      id: 1,
      createdMs: TIME_MS,
      updatedMs: TIME_MS,
      lastSeenMs: undefined,
    })
    expect(await insertUser(metadata, ADA, TIME_MS)).toBeUndefined()
    const bob = await insertUser(metadata, { ...ADA, login: 'bob', role: 'viewer' }, TIME_MS)
    expect(bob?.id).toBeGreaterThan(1)
    const id = bob?.id ?? 0
    expect(await updateUser(metadata, id, { login: 'ada' }, TIME_MS)).toBe('taken')
    expect(await updateUser(metadata, 999, {}, TIME_MS)).toBe('missing')
    const change = { role: 'editor', disabled: true, passwordHash: undefined } as const
    expect(await updateUser(metadata, id, change, TIME_MS + 1)).toMatchObject({
      ...change,
      login: 'bob',
      updatedMs: TIME_MS + 1,
    })
    await touchUser(metadata, id, TIME_MS + 2)
    expect(await findUserByLogin(metadata, 'bob')).toMatchObject({ id, lastSeenMs: TIME_MS + 2 })
    expect(await deleteUser(metadata, id)).toBe('deleted')
    expect(await deleteUser(metadata, id)).toBe('missing')
    expect(await findUser(metadata, id)).toBeUndefined()
  })

  it('always leave one admin, also when two go at the same moment', async () => {
    const metadata = await open()
    const ada = (await insertUser(metadata, ADA, TIME_MS))?.id ?? 0
    await insertUser(metadata, { ...ADA, login: 'robot', kind: 'service' }, TIME_MS)
    expect(await updateUser(metadata, ada, { role: 'editor' }, TIME_MS)).toBe('last-admin')
    expect(await updateUser(metadata, ada, { disabled: true }, TIME_MS)).toBe('last-admin')
    expect(await deleteUser(metadata, ada)).toBe('last-admin')
    expect(await updateUser(metadata, ada, { name: 'Countess' }, TIME_MS)).toMatchObject({
      id: ada,
    })
    const bob = (await insertUser(metadata, { ...ADA, login: 'bob' }, TIME_MS))?.id ?? 0
    const both = await Promise.all([
      deleteUser(metadata, ada),
      updateUser(metadata, bob, { role: 'viewer' }, TIME_MS),
    ])
    expect(both.filter((outcome) => outcome === 'last-admin')).toHaveLength(1)
  })
})

describeEachDatabase('sign-ins and tokens', ({ open }) => {
  it('sign-ins are found by their hash and end', async () => {
    const metadata = await open()
    const { id } = (await insertUser(metadata, ADA, TIME_MS)) ?? { id: 0 }
    for (const hash of ['a', 'b', 'c']) await insertSignIn(metadata, signIn(hash, id))
    expect(await findSignIn(metadata, 'a')).toEqual(signIn('a', id))
    await touchSignIn(metadata, 'a', TIME_MS + 5, '10.0.0.2')
    expect(await findSignIn(metadata, 'a')).toMatchObject({
      lastSeenMs: TIME_MS + 5,
      address: '10.0.0.2',
    })
    await deleteSignIn(metadata, 'b')
    expect(await findSignIn(metadata, 'b')).toBeUndefined()
    await deleteSignInsOf(metadata, id, 'a')
    expect(await findSignIn(metadata, 'c')).toBeUndefined()
    await deleteOldSignIns(metadata, TIME_MS, TIME_MS)
    expect(await findSignIn(metadata, 'a')).toBeDefined()
    await deleteOldSignIns(metadata, TIME_MS, TIME_MS + 1)
    expect(await findSignIn(metadata, 'a')).toBeUndefined()
  })

  it('both go with their user', async () => {
    const metadata = await open()
    await insertUser(metadata, ADA, TIME_MS)
    const { id } = (await insertUser(
      metadata,
      { ...ADA, login: 'robot', kind: 'service' },
      TIME_MS,
    )) ?? { id: 0 }
    await insertSignIn(metadata, signIn('a', id))
    await insertToken(metadata, token('ci', id))
    await deleteUser(metadata, id)
    expect(await findSignIn(metadata, 'a')).toBeUndefined()
    expect(await listTokens(metadata)).toEqual([])
  })

  it('tokens are found by their hash, listed and revoked', async () => {
    const metadata = await open()
    const made = await insertToken(metadata, token('ci'))
    const { secretHash, ...shown } = token('ci')
    expect(made).toEqual({ ...shown, id: 1, lastUsedMs: undefined, lastUsedAddress: '' })
    expect(await insertToken(metadata, { ...token('ci'), secretHash: 'x' })).toBeUndefined()
    await touchToken(metadata, 1, TIME_MS, '::1')
    expect(await findTokenByHash(metadata, secretHash)).toMatchObject({
      lastUsedMs: TIME_MS,
      lastUsedAddress: '::1',
    })
    expect(await listTokens(metadata, 5)).toEqual([])
    expect(await deleteToken(metadata, 1)).toMatchObject({ name: 'ci' })
    expect(await deleteToken(metadata, 1)).toBeUndefined()
    expect(await findTokenByHash(metadata, secretHash)).toBeUndefined()
  })
})

describeEachDatabase('the audit log', ({ open }) => {
  const entry = (atMs: number, failed = false) => ({
    atMs,
    actor: 'ada',
    address: '::1',
    action: 'sign-in',
    target: 'ada',
    failed,
    details: '',
  })

  it('answers the newest of a range first', async () => {
    const metadata = await open()
    for (const atMs of [1, 2, 3, 3, 4]) await insertAudit(metadata, entry(atMs))
    const found = await selectAudit(metadata, { fromMs: 2, toMs: 3, limit: 2 })
    expect(found.map(({ id, atMs }) => [id, atMs])).toEqual([
      [4, 3],
      [3, 3],
    ])
    expect(found[0]).toMatchObject(entry(3))
  })

  it('forgets the oldest, failures apart from the rest', async () => {
    const metadata = await open()
    for (let at = 1; at <= 6; at++) await insertAudit(metadata, entry(at))
    for (let at = 7; at <= 20; at++) await insertAudit(metadata, entry(at, true))
    await pruneAudit(metadata, 5)
    const left = await selectAudit(metadata, { fromMs: 0, toMs: 99, limit: 99 })
    expect(left.map(({ atMs }) => atMs)).toEqual([20, 19, 18, 17, 16, 6, 5, 4, 3, 2])
  })
})
