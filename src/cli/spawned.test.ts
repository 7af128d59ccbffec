import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LISTENER_NAMES } from '../config.ts'

/** A command line in a process of its own, with what it has written so far. */
interface Spawned {
  readonly child: ChildProcess
  out: string
  err: string
  readonly ended: Promise<number | null>
}

const program = path.resolve('bin/vedette')

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Spawned {
  const child = spawn(program, args, {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const spawned: Spawned = {
    child,
    out: '',
    err: '',
    ended: new Promise((resolve) => child.once('close', resolve)),
  }
  child.stdout.on('data', (chunk: Buffer) => (spawned.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (spawned.err += chunk.toString()))
  return spawned
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 120_000
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error(`${what} did not come`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function listenSomewhere(): Promise<{ server: Server; port: number }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

/** No test may need a port that another program may hold. */
const OTHERS_OFF = LISTENER_NAMES.flatMap((name) =>
  name === 'prometheus' ? [] : [`--listen.${name}`, 'off'],
)

describe('the program as a process', { timeout: 180_000 }, () => {
  let folder = ''

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'spawned-'))
    // Builds what is stale, once.
    await run(['version']).ended
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('ends with the code of the verb', async () => {
    const [well, failed, wrong] = [
      run(['version']),
      run(['status'], { VEDETTE_URL: 'http://127.0.0.1:1' }),
      run(['x']),
    ]
    expect(await Promise.all([well.ended, failed.ended, wrong.ended])).toEqual([0, 1, 2])
    expect(failed.err).toMatch(/^vedette: cannot reach http:\/\/127\.0\.0\.1:1: [^\n]+\n$/)
  })

  it('names the port that is taken and its flag', async () => {
    const { server: taken, port } = await listenSomewhere()
    const data = path.join(folder, 'never')
    const server = run([
      'start',
      '--data',
      data,
      '--listen.prometheus',
      `127.0.0.1:${port}`,
      ...OTHERS_OFF,
    ])
    expect(await server.ended).toBe(1)
    expect(server.err).toContain(`vedette: 127.0.0.1:${port} is taken`)
    expect(server.err).toContain('--listen.prometheus')
    taken.close()
  })

  it('names place and fault of a configuration file that is wrong', async () => {
    const file = path.join(folder, 'prometheus.yml')
    writeFileSync(file, 'scrape_configs:\n  - job_name: a\n    scrape_interval: soon\n')
    const server = run([
      'start',
      '--config',
      file,
      '--listen.prometheus',
      '127.0.0.1:0',
      ...OTHERS_OFF,
    ])
    expect(await server.ended).toBe(1)
    expect(server.err).toContain(`${file}:3:22: scrape_interval: must be a duration`)
    expect(server.err).not.toMatch(/^ {4}at /m)
  })

  it('starts with the defaults, refuses a second server on its data, and ends on SIGTERM', async () => {
    const data = path.join(folder, 'data')
    // The server scrapes itself where it was told to listen, so it must be told a port.
    const { server: other, port } = await listenSomewhere()
    other.close()
    const args = [
      'start',
      '--data',
      data,
      ...OTHERS_OFF,
      '--listen.prometheus',
      `127.0.0.1:${port}`,
    ]
    const server = run(args)
    try {
      await until(
        'the announcement',
        () => server.out.includes('curl') || server.child.exitCode !== null,
      )
      expect(server.err).toContain('no configuration was given: the defaults hold')
      expect(server.out).toMatch(
        /^\n {2}The first user .*\n\n {4}user {6}admin\n {4}password {2}\w{24}\n/,
      )
      expect(server.err).not.toContain(/password {2}(\w+)/.exec(server.out)?.[1])
      expect(server.out).toMatch(/\nVedette \S+ is ready after \d+\.\d s\.\n/)
      expect(server.out).toContain('watches  this host and itself, every 15s')
      expect(server.out).toContain(`keeps    15d in ${data} (new)`)
      const url = /answers {2}(\S+)/.exec(server.out)?.[1] ?? ''
      const status = run(['status'], { VEDETTE_URL: url })
      const second = run([...args.slice(0, -1), '127.0.0.1:0'])
      expect(await status.ended).toBe(0)
      expect(status.out).toContain(`at ${url} is ready`)
      expect(await second.ended).toBe(1)
      expect(second.err).toContain(
        `the data directory ${data} is in use by process ${server.child.pid}`,
      )
    } finally {
      server.child.kill('SIGTERM')
    }
    expect(await server.ended).toBe(0)
    expect(server.err).toMatch(/msg=stopped\n$/)
  })

  it('ends well on a signal that comes before it is ready', async () => {
    const data = path.join(folder, 'early')
    const server = run([
      'start',
      '--data',
      data,
      '--listen.prometheus',
      '127.0.0.1:0',
      ...OTHERS_OFF,
    ])
    await until('the first line', () => server.err.includes('the defaults hold'))
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(server.err).toMatch(/msg=stopped\n$/)
  })

  it('runs the engine alone, until Ctrl-C', async () => {
    const file = path.join(folder, 'password')
    writeFileSync(file, 'correct horse battery')
    const data = path.join(folder, 'alone')
    const engine = run([
      'engine',
      '--listen',
      '127.0.0.1:0',
      '--password-file',
      file,
      '--data',
      data,
    ])
    try {
      await until('its address', () => engine.out.includes('\n') || engine.child.exitCode !== null)
      const url = /http:\S+/.exec(engine.out)?.[0] ?? ''
      const authorization = `Basic ${Buffer.from('vedette:correct horse battery').toString('base64')}`
      const answer = await fetch(`${url}/?query=SELECT+6*7`, { headers: { authorization } })
      expect((await answer.text()).trim()).toBe('42')
    } finally {
      engine.child.kill('SIGINT')
    }
    expect(await engine.ended).toBe(0)
  })
})
