import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'

/** A checkout in small: the scripts, the Makefile, and programs that write down how they were called. */
let root = ''
/** Answers as every listener does; a path that is asked for with `status` answers that. */
let server: Server | undefined
let url = ''
const status = new Map<string, number>()

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'vedette-scripts-'))
  cpSync(path.join(projectRoot, 'deploy'), path.join(root, 'deploy'), { recursive: true })
  cpSync(path.join(projectRoot, 'Makefile'), path.join(root, 'Makefile'))
  status.clear()
  server = createServer((request, response) => {
    response.statusCode = status.get(request.url ?? '') ?? 200
    response.end('ok\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterEach(async () => {
  await new Promise((resolve) => server?.close(resolve))
  rmSync(root, { recursive: true, force: true })
})

/** A program that writes its arguments into `calls`, a line each. */
function standIn(name: string): string {
  const file = path.join(root, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\necho "${path.basename(name)} $*" >> "${root}/calls"\n`)
  chmodSync(file, 0o755)
  return file
}

const calls = (): string[] =>
  existsSync(`${root}/calls`)
    ? readFileSync(`${root}/calls`, 'utf8').replaceAll(root, '.').trim().split('\n')
    : []

interface Ran {
  readonly code: number | null
  readonly out: string
}

async function run(program: string, args: readonly string[], env = {}): Promise<Ran> {
  const places = Object.fromEntries(
    ['SERVER_URL', 'UI_URL', 'ALERTMANAGER_URL', 'LOKI_URL', 'TEMPO_URL'].map((name) => [
      name,
      url,
    ]),
  )
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...places, URL: url, COMPOSE: standIn('bin/compose'), ...env },
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out }
}

const hasCurl = spawnSync('curl', ['--version']).status === 0
const hasMake = spawnSync('make', ['--version']).status === 0
if (!hasCurl) console.log('notice: curl is not here: health_check.sh and deploy.sh are not run')
if (!hasMake) console.log('notice: make is not here: the Makefile is not run')

describe.runIf(hasCurl)('health_check.sh', () => {
  const check = (...args: string[]) => run('deploy/health_check.sh', args)
  it('says of each listener that it is ready', async () => {
    const { code, out } = await check()
    expect([code, out.split('\n').filter((line) => line.endsWith(' ready')).length]).toEqual([0, 5])
    expect(await check('--quiet')).toEqual({ code: 0, out: '' })
  })

  it('ends with 1 when one is not, with 3 without a server, with 2 for what it does not know', async () => {
    status.set('/ready', 503)
    const waiting = await check()
    expect(waiting.code).toBe(1)
    expect(waiting.out).toMatch(/loki .*\(503\)/)
    const gone = await run('deploy/health_check.sh', [], { SERVER_URL: 'http://127.0.0.1:1' })
    expect(gone.code).toBe(3)
    expect(gone.out).toMatch(/server .*nothing answers/)
    const off = { LOKI_URL: 'off', TEMPO_URL: 'off' }
    expect((await run('deploy/health_check.sh', [], off)).code).toBe(0)
    expect((await check('--loud')).code).toBe(2)
  })
})

describe.runIf(hasCurl)('deploy.sh', () => {
  it.each([
    [[], ['compose -f ./deploy/compose/development.yml up -d --build']],
    [
      ['production'],
      [
        'compose -f ./deploy/compose/production.yml config -q',
        'compose -f ./deploy/compose/development.yml build',
        'compose -f ./deploy/compose/production.yml up -d',
      ],
    ],
    [['host', '--components', 'agent'], ['vedette install --components agent']],
  ])('%j', async (args, expected) => {
    standIn('bin/vedette')
    const { code, out } = await run('deploy/deploy.sh', args)
    expect(out).toMatch(/server .* ready/)
    expect([code, calls()]).toEqual([0, expected])
  })

  it('gives up on what does not become ready, and says what it waits for', async () => {
    status.set('/-/ready', 503)
    const { code, out } = await run('deploy/deploy.sh', [], { WAIT_SECONDS: '1' })
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/not ready after 1 s:\nserver .*\(503\)/),
    ])
    expect((await run('deploy/deploy.sh', ['moon'])).code).toBe(2)
  })
})

describe('cleanup.sh', () => {
  const down = (rest: string) =>
    ['development', 'production'].map(
      (name) => `compose -f ./deploy/compose/${name}.yml down --remove-orphans${rest}`,
    )

  it('removes the container and what was built, and data only when it is told so', async () => {
    mkdirSync(path.join(root, 'dist'))
    mkdirSync(path.join(root, 'src'))
    expect((await run('deploy/cleanup.sh', [])).code).toBe(0)
    expect([calls(), existsSync(path.join(root, 'dist'))]).toEqual([down(''), false])
    const refused = await run('deploy/cleanup.sh', ['--data'])
    expect(refused.code).toBe(2)
    expect(refused.out).toContain('--yes')
    expect((await run('deploy/cleanup.sh', ['--data', '--yes'])).code).toBe(0)
    expect(calls().slice(2)).toEqual(down(' --volumes'))
  })

  it('removes the service', async () => {
    standIn('bin/vedette')
    await run('deploy/cleanup.sh', ['host', '--purge', '--yes'])
    expect(calls()).toEqual(['vedette uninstall --purge --yes'])
  })
})

describe.runIf(hasMake)('make', () => {
  const targets =
    'help dev up down health logs test test-unit ci-test ci-build test-load start-backend metrics info check-deps clean'

  it('has every target, and lists it', async () => {
    const { code, out } = await run('make', ['-s'])
    expect(code).toBe(0)
    const listed = new Set(out.split('\n').map((line) => line.trim().split(' ')[0]))
    expect(targets.split(' ').filter((name) => !listed.has(name))).toEqual([])
    for (const name of targets.split(' ')) {
      const dry = await run('make', ['-n', name])
      expect(dry.code, name).toBe(0)
      expect(dry.out, name).toMatch(/\S/)
    }
  })

  it('does what is cheap', async () => {
    standIn('bin/vedette')
    mkdirSync(path.join(root, 'dist'))
    for (const name of ['health', 'logs', 'info', 'test-load', 'clean', 'up', 'down'])
      expect((await run('make', ['-s', name])).code, name).toBe(0)
    expect(existsSync(path.join(root, 'dist'))).toBe(false)
    expect(calls()).toEqual([
      'vedette health',
      'vedette logs',
      'vedette version',
      'vedette status',
      'vedette load --duration 60s',
      'compose up -d --build',
      'compose down',
    ])
  })
})
