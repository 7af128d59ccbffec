import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The folder of the programs of Debian's newest PostgreSQL; undefined where there is none. */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

/** A real PostgreSQL of a test, on a unix socket alone. */
export class Cluster {
  /** Holds the data and the socket. */
  readonly folder: string
  readonly #programs: string
  readonly #owner: Owner | undefined
  #server: ChildProcess | undefined

  private constructor(programs: string) {
    this.#programs = programs
    this.#owner = ownerOf('postgres')
    this.folder = mkdtempSync(join(tmpdir(), 'vedette-pg-'))
    if (this.#owner !== undefined) chownSync(this.folder, this.#owner.uid, this.#owner.gid)
    chmodSync(this.folder, 0o700)
  }

  /**
   * A server of its own, whose superuser `vedette` needs no password; `settings` are lines of postgresql.conf, or what makes them
   * once there is a data folder.
   */
  static async start(
    programs: string,
    settings: readonly string[] | ((data: string) => readonly string[]) = [],
  ): Promise<Cluster> {
    const cluster = new Cluster(programs)
    const wanted = ['--username', 'vedette', '--auth', 'trust', '--encoding', 'UTF8', '-N']
    cluster.run('initdb', ['--pgdata', cluster.data, ...wanted])
    cluster.configure(typeof settings === 'function' ? settings(cluster.data) : settings)
    await cluster.#begin()
    return cluster
  }

  /** A streaming replica of another, which reads the slot `replica1` there. */
  static async replicate(primary: Cluster, programs: string): Promise<Cluster> {
    const cluster = new Cluster(programs)
    const from = ['--host', primary.folder, '--username', 'vedette']
    const how = [
      '--write-recovery-conf',
      '--create-slot',
      '--slot',
      'replica1',
      '--checkpoint',
      'fast',
    ]
    cluster.run('pg_basebackup', [...from, '--pgdata', cluster.data, ...how])
    cluster.configure([])
    await cluster.#begin()
    return cluster
  }

  get data(): string {
    return join(this.folder, 'data')
  }

  dsn(user = 'vedette', database = 'postgres'): string {
    return `host=${this.folder} user=${user} dbname=${database}`
  }

  /** Runs one of PostgreSQL's programs. */
  run(program: string, args: readonly string[]): string {
    const options = { ...this.#owner, cwd: this.folder, stdio: 'pipe', encoding: 'utf8' } as const
    return execFileSync(join(this.#programs, program), args, options)
  }

  /** Runs SQL as the superuser; what it answers, without headings. */
  sql(text: string, database = 'postgres'): string {
    const to = ['-h', this.folder, '-U', 'vedette', '-d', database]
    return this.run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...to, '-c', text])
  }

  /** Signs in only who knows a password, but for the superuser. */
  askForPasswords(): void {
    const rules = [
      'local all vedette trust',
      'local replication vedette trust',
      'local all all scram-sha-256',
    ]
    this.run('psql', [
      '-X',
      '-q',
      '-h',
      this.folder,
      '-U',
      'vedette',
      '-d',
      'postgres',
      '-c',
      'SELECT 1',
    ])
    execFileSync('sh', [
      '-c',
      `printf '%s\\n' "$@" > "$0"`,
      join(this.data, 'pg_hba.conf'),
      ...rules,
    ])
    this.sql('SELECT pg_reload_conf()')
  }

  /** Stops what the server does, as if its machine hung, and lets it go on. */
  freeze(isFrozen: boolean): void {
    const pids = execFileSync('ps', ['-o', 'pid=', '--ppid', String(this.#server?.pid)], {
      encoding: 'utf8',
    })
    const all = [this.#server?.pid ?? 0, ...pids.split('\n').map(Number)].filter((pid) => pid > 0)
    for (const pid of all) process.kill(pid, isFrozen ? 'SIGSTOP' : 'SIGCONT')
  }

  /** Ends the server and keeps its folder. Fast shutdown: it does not wait for clients. */
  async shutDown(): Promise<void> {
    const server = this.#server
    server?.kill('SIGINT')
    if (server !== undefined && server.exitCode === null && server.signalCode === null)
      await once(server, 'exit')
  }

  /** Starts the server anew that was shut down, on what it had. */
  startAgain(): Promise<void> {
    return this.#begin()
  }

  async stop(): Promise<void> {
    await this.shutDown()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private configure(settings: readonly string[]): void {
    const own = [
      "listen_addresses = ''",
      `unix_socket_directories = '${this.folder}'`,
      'fsync = off',
    ]
    appendFileSync(join(this.data, 'postgresql.conf'), `${[...own, ...settings].join('\n')}\n`)
  }

  async #begin(): Promise<void> {
    this.#server = spawn(join(this.#programs, 'postgres'), ['-D', this.data], {
      ...{ ...this.#owner, cwd: this.folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await untilReady(this.#server)
  }
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** As root the server runs as this user, since it refuses to run as root. */
function ownerOf(login: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, login], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error('the server has no standard error')
  const lines: string[] = []
  for await (const line of createInterface(child.stderr)) {
    if (/ready to accept (?:read-only )?connections/.test(line)) {
      child.stderr.resume()
      return
    }
    lines.push(line)
  }
  throw new Error(`PostgreSQL did not start: ${lines.join('\n')}`)
}
