import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { silentLog } from '../../../self/log.ts'
import type { Metadata } from '../metadata.ts'
import { openMetadata, type MetadataPlace } from '../open.ts'

/** What the tests of one database get. */
export interface TestDatabase {
  /** A place that no other test uses; empty at first. */
  place(): Promise<MetadataPlace>
  /** An opened database that no other test uses. Closed after the test. */
  open(place?: MetadataPlace): Promise<Metadata>
}

/**
 * Declares the same tests for SQLite and for PostgreSQL. Where PostgreSQL is not installed its tests are skipped, with a notice.
 */
export function describeEachDatabase(
  name: string,
  declare: (database: TestDatabase) => void,
): void {
  describe(`${name} (SQLite)`, () => {
    declare(onSqlite())
  })
  describeOnPostgres(name, declare)
}

/** Declares tests of what only PostgreSQL is used for. */
export function describeOnPostgres(name: string, declare: (database: TestDatabase) => void): void {
  const programs = findPostgres()
  if (programs === undefined) {
    console.log(`notice: PostgreSQL is not installed: "${name}" is not tested on it`)
  }
  describe.skipIf(programs === undefined)(`${name} (PostgreSQL)`, () => {
    declare(onPostgres(programs ?? ''))
  })
}

function onSqlite(): TestDatabase {
  const folders: string[] = []
  // Hooks run in reverse: the databases are closed first.
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
  const opened = closeAfterEach()
  const place = async (): Promise<MetadataPlace> => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-metadata-'))
    folders.push(folder)
    return { path: join(folder, 'metadata.db') }
  }
  return { place, open: async (given) => opened(given ?? (await place())) }
}

function onPostgres(programs: string): TestDatabase {
  let server: TestPostgres | undefined
  let count = 0
  beforeAll(async () => {
    server = await startPostgres(programs)
  })
  afterAll(async () => server?.stop())
  const opened = closeAfterEach()
  const place = async (): Promise<MetadataPlace> => {
    count++
    server?.createDatabase(`test${count}`)
    return {
      url: `postgres://vedette@/test${count}?host=${encodeURIComponent(server?.folder ?? '')}`,
    }
  }
  return { place, open: async (given) => opened(given ?? (await place())) }
}

function closeAfterEach(): (place: MetadataPlace) => Promise<Metadata> {
  const all: Metadata[] = []
  afterEach(async () => {
    await Promise.all(all.splice(0).map((metadata) => metadata.close()))
  })
  return async (place) => {
    const metadata = await openMetadata(place, silentLog())
    all.push(metadata)
    return metadata
  }
}

/** The folder of Debian's newest `initdb`. */
function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

interface TestPostgres {
  /** Holds the data and the socket. */
  readonly folder: string
  createDatabase(name: string): void
  stop(): Promise<void>
}

/** A server on a unix socket alone. As root it runs as `postgres`, since it refuses to run as root. */
async function startPostgres(programs: string): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-pg-'))
  const owner = ownerOf('postgres')
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  const options = { ...owner, cwd: folder, stdio: 'pipe' } as const
  execFileSync(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username', 'vedette', '--auth', 'trust', '--encoding', 'UTF8', '-N'],
    options,
  )
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off']
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await untilReady(child)
  return {
    folder,
    createDatabase: (name) => {
      execFileSync(join(programs, 'createdb'), ['-h', folder, '-U', 'vedette', name], options)
    },
    stop: async () => {
      // Fast shutdown: it does not wait for clients.
      child.kill('SIGINT')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error('the server has no standard error')
  const lines: string[] = []
  for await (const line of createInterface(child.stderr)) {
    if (line.includes('ready to accept connections')) {
      child.stderr.resume()
      return
    }
    lines.push(line)
  }
  throw new Error(`PostgreSQL did not start: ${lines.join('\n')}`)
}

function ownerOf(login: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, login], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
