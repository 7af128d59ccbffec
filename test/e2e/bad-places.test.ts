import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { startServer } from './server.ts'
import { notice, succeeds } from './tools/notice.ts'
import { own, ownFolder } from './tools/owned.ts'
import type { Ran } from './tools/run-vedette.ts'

interface Place {
  /** Made anew for each test. */
  readonly folder: string
  /** `data` in it. */
  readonly data: string
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
}

/** Runs `bin/vedette`, which must end by itself. */
async function run(args: readonly string[], { env, uid }: RunOptions = {}): Promise<Ran> {
  const child = spawn(join(projectRoot, 'bin/vedette'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 100_000)
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  clearTimeout(timer)
  return { code, out, err }
}

const start = ({ data }: Place, ...more: readonly string[]): readonly string[] => {
  return [
    'start',
    '--data',
    data,
    '--listen.prometheus',
    '127.0.0.1:0',
    '--listen.ui',
    'off',
    ...more,
  ]
}

/** Names, sizes and times of everything below a folder. */
function describeTree(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const name = join(entry.parentPath, entry.name)
      if (!entry.isFile()) return name
      const { size, mtimeMs } = statSync(name)
      return `${name} ${size} ${mtimeMs}`
    })
    .sort()
}

const isRoot = process.getuid?.() === 0
/** Somebody who owns nothing. */
const NOBODY = 65_534
let place: Place = { folder: '', data: '' }
beforeEach(() => {
  const folder = ownFolder()
  place = { folder, data: join(folder, 'data') }
})

/** What must be said, after what was done to the place. Undefined: this user cannot do that. */
interface BadPlace {
  readonly name: string
  readonly make: (
    at: Place,
  ) => Promise<readonly string[] | undefined> | readonly string[] | undefined
  readonly options?: RunOptions
  /** What is wrong and where; what to do. */
  readonly says: readonly RegExp[]
}

const BAD: readonly BadPlace[] = [
  {
    name: 'a half-written configuration',
    make: (at) => {
      const file = join(at.folder, 'vedette.yml')
      writeFileSync(file, 'storage:\n  path: data\nbackup:\n  target: "/mnt/ba')
      return ['start', '--config', file]
    },
    says: [/vedette\.yml:4:\d+/, /quote|closing|terminated/i],
  },
  {
    name: 'a configuration whose archive is half said',
    make: (at) => {
      const file = join(at.folder, 'vedette.yml')
      writeFileSync(file, 'archive:\n  s3:\n    endpoint: http://minio:9000\n    bucket: b\n')
      return ['start', '--config', file]
    },
    says: [/vedette\.yml:4:\d+: archive\.s3\.bucket|vedette\.yml:4:\d+: .*bucket/, /3 to 63/],
  },
  {
    name: 'a data directory of somebody else',
    make: (at) => {
      if (!isRoot) return undefined
      mkdirSync(at.data, { mode: 0o700 })
      chownSync(at.data, 1, 1)
      chmodSync(at.folder, 0o755)
      return start(at)
    },
    options: { uid: NOBODY },
    says: [
      /the data directory \S+data \(--data\) cannot be used: EACCES/,
      /run as its owner, or change that with chown/,
    ],
  },
  {
    name: 'a disk that can only be read',
    make: (at) => {
      mkdirSync(at.data)
      if (!mount(at.data, 'ro,size=8m')) return undefined
      return start(at)
    },
    says: [
      /the data directory \S+data \(--data\) cannot be used/,
      /EROFS.*mount its disk for writing/,
    ],
  },
  {
    name: 'a clock that was never set',
    make: (at) => start(at),
    options: { env: { NODE_OPTIONS: clockAt('1970-01-01T00:01:00Z') } },
    says: [/the clock of this machine says 1970-01-01/, /timedatectl set-ntp true/],
  },
  {
    name: 'a clock far ahead of the data',
    make: (at) => {
      mkdirSync(at.data, { mode: 0o700 })
      const file = join(at.data, 'metadata.sqlite')
      writeFileSync(file, '')
      utimesSync(file, Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 0, 1) / 1000)
      return start(at)
    },
    options: { env: { NODE_OPTIONS: clockAt('2036-01-01T00:00:00Z') } },
    says: [/says 2036-01-01.*retention would drop/, /VEDETTE_CLOCK_IS_RIGHT=yes/],
  },
  {
    name: 'data of a newer version',
    make: (at) => {
      mkdirSync(join(at.data, 'engine/db'), { recursive: true, mode: 0o700 })
      const note = { schema: 999, metadata: {}, program: '9.9.9' }
      writeFileSync(join(at.data, 'version.json'), JSON.stringify(note))
      return start(at)
    },
    says: [
      /the data in \S+data was written by a newer Vedette \(9\.9\.9/,
      /start that one, or bring back/,
    ],
  },
  {
    name: 'a downgrade that was interrupted',
    make: (at) => {
      mkdirSync(at.data, { mode: 0o700 })
      writeFileSync(join(at.data, 'downgrade.json'), '{}')
      return start(at)
    },
    says: [/a downgrade of \S+data was interrupted/, /run vedette downgrade --data/],
  },
  {
    name: 'a backup of a newer version',
    make: (at) => {
      const target = join(at.folder, 'target')
      mkdirSync(target)
      writeFileSync(join(target, 'vedette-backups.json'), '{"format": 999}')
      return ['restore', target, '--data', at.data]
    },
    says: [/the backups in \S+target were made by a newer Vedette/, /use that/],
  },
  {
    name: 'a backup to S3 that nobody answers for',
    make: async (at) => {
      const server = own(await startServer({ dataDir: at.data }))
      await server.stop()
      return ['backup', 's3://bucket/here', '--data', at.data]
    },
    options: {
      env: {
        ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'the-secret' },
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      },
    },
    says: [/http:\/\/127\.0\.0\.1:9 cannot be reached: .*ECONNREFUSED/, /is the address right/],
  },
]

describe('refused, with what, where and what to do, and nothing changed:', () => {
  it.each(BAD.map((bad) => [bad.name, bad] as const))(
    '%s',
    async (name, { make, options, says }) => {
      const args = await make(place)
      if (args === undefined) {
        notice(`${name} is not tried: it needs root`)
        return
      }
      const before = describeTree(place.data)
      const { code, out, err } = await run(args, options)
      expect(code, out + err).toBe(1)
      for (const part of says) expect(err).toMatch(part)
      expect(err).not.toMatch(/the-secret|\n\s+at /)
      expect(describeTree(place.data)).toEqual(before)
    },
    180_000,
  )

  it('a data directory that another process works on', async () => {
    const server = own(await startServer({ dataDir: place.data }))
    const { code, err } = await run(start(place))
    expect(code).toBe(1)
    expect(err).toMatch(
      /the data directory \S+data is in use by process \d+: stop that process first/,
    )
    await server.stop()
    expect(existsSync(join(place.data, 'vedette.lock'))).toBe(false)
  }, 900_000)
})

it('on a disk that is full a start says so, and takes up nothing', async () => {
  mkdirSync(place.data)
  if (!mount(place.data, 'size=16m')) return notice('a full disk is not tried: it needs root')
  const filler = join(place.data, 'filler')
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'], { stdio: 'ignore' })
  const filled = statSync(filler).size
  const { code, err } = await run(start(place))
  expect(code, err).toBe(1)
  expect(err).toMatch(/the disk of the data directory \S+data is full.*make room/)
  expect(statSync(filler).size).toBe(filled)
  expect(readFileSync(filler).subarray(0, 16).equals(Buffer.alloc(16))).toBe(true)
}, 900_000)

function mount(folder: string, options: string): boolean {
  if (!succeeds('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])) return false
  onTestFinished(() => void succeeds('umount', [folder]))
  return true
}

/** Node's own clock, for this process and none that it starts with other options. */
function clockAt(time: string): string {
  const code = `const real = Date, shift = Date.parse('${time}') - Date.now(); globalThis.Date = class extends real { constructor(...a) { super(...(a.length ? a : [real.now() + shift])) } static now() { return real.now() + shift } }`
  return `--import data:text/javascript,${encodeURIComponent(code)}`
}
