import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { Problem } from '../model/problem.ts'
import { createLog, silentLog } from '../self/log.ts'
import { backOffMs, startEngine } from './supervise.ts'
import type { EngineHandle, EngineState } from './supervise.ts'
import { startTestEngine } from './test-engine.ts'

const cleanUps: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-supervise-'))
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function open(dataDir = newFolder(), lines: string[] = []): Promise<EngineHandle> {
  const log = createLog({ write: (line) => lines.push(line) })
  const handle = await startEngine({ dataDir, memoryBudgetBytes: 256 * 1024 * 1024, log })
  cleanUps.push(() => handle.stop())
  return handle
}

function reach(handle: EngineHandle, state: EngineState, timeoutMs = 20_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ${state} but ${handle.status.state}`)),
      timeoutMs,
    )
    const look = (): void => {
      if (handle.status.state !== state) return
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
    const unsubscribe = handle.onStateChange(look)
    look()
  })
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('startEngine', () => {
  it('creates the data directory for the owner only and tells its states truthfully', async () => {
    const dataDir = join(newFolder(), 'new', 'data')
    const handle = await open(dataDir)
    expect([handle.status.state, handle.ready]).toEqual(['starting', false])
    await handle.whenReady()
    expect([handle.status.state, handle.ready]).toEqual(['ready', true])
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(handle.socketPath).mode & 0o777).toBe(0o600)
    const { pid } = handle
    await handle.stop()
    expect(handle.status.state).toBe('stopped')
    expect(isAlive(pid ?? 0)).toBe(false)
    expect(existsSync(handle.socketPath)).toBe(false)
    await expect(handle.whenReady()).rejects.toThrow(Problem)
  })

  it('starts the engine again after SIGKILL', async () => {
    const handle = await open()
    await handle.whenReady()
    const first = handle.pid
    process.kill(first ?? 0, 'SIGKILL')
    await reach(handle, 'down')
    expect(handle.status.reason).toMatch(/SIGKILL.*next start in \d+ ms/)
    await reach(handle, 'ready')
    expect(handle.pid).not.toBe(first)
    expect(handle.restarts).toBe(1)
  })

  it('sees a hung engine, leaves it alone, and sees it come back', async () => {
    const handle = await open()
    await handle.whenReady()
    const { pid } = handle
    process.kill(pid ?? 0, 'SIGSTOP')
    await reach(handle, 'unresponsive')
    expect(handle.lastPingMs).toBeGreaterThan(5000)
    process.kill(pid ?? 0, 'SIGCONT')
    await reach(handle, 'ready')
    expect([handle.pid, handle.restarts]).toEqual([pid, 0])
  })

  it('stops a hung engine within seconds', async () => {
    const handle = await open()
    await handle.whenReady()
    const pid = handle.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    await handle.stop()
    expect(isAlive(pid)).toBe(false)
  })

  it('stops while a query runs that nobody could wait for', async () => {
    const engine = await startTestEngine()
    cleanUps.push(() => engine.stop())
    const endless = engine
      .send('/', { body: 'SELECT sleepEachRow(3) FROM numbers(1000) SETTINGS max_block_size = 1' })
      .catch(() => 'cut')
    await until(() => engine.handle.ready)
    await engine.handle.stop()
    expect(await endless).toBe('cut')
  })

  it('keeps trying, ever more slowly, while the engine cannot start', async () => {
    const dataDir = newFolder()
    writeFileSync(join(dataDir, 'engine'), 'a file where the folder must be')
    const handle = await open(dataDir)
    await until(() => handle.restarts >= 2)
    expect(handle.status.state).toBe('down')
    expect(handle.status.reason).toContain('the engine failed')
    rmSync(join(dataDir, 'engine'))
    await reach(handle, 'ready')
  })

  it('passes what the engine prints to the log', async () => {
    const lines: string[] = []
    const handle = await open(newFolder(), lines)
    await handle.whenReady()
    // Where no cgroup is mounted the engine says so, with its stack.
    const printed = lines.filter((line) => line.includes('the engine printed'))
    expect(printed[0]?.includes('cgroups') === true ? [] : printed).toEqual([])
    expect(lines.at(-1)).toContain('engine is ready')
  })

  it('puts its socket elsewhere when the path of the data directory is too long', async () => {
    const dataDir = join(newFolder(), 'x'.repeat(100))
    const handle = await open(dataDir)
    await handle.whenReady()
    expect(Buffer.byteLength(handle.socketPath)).toBeLessThan(108)
  })
})

describe('the lock of the data directory', () => {
  it('refuses a second server and names the directory and the process', async () => {
    const dataDir = newFolder()
    const handle = await open(dataDir)
    const second = startEngine({ dataDir, memoryBudgetBytes: 256 * 1024 * 1024, log: silentLog() })
    await expect(second).rejects.toThrow(
      `the data directory ${dataDir} is in use by process ${process.pid}`,
    )
    await handle.stop()
    const third = await open(dataDir)
    await third.whenReady()
  })
})

describe('when the server itself is killed', () => {
  it('leaves no engine behind, and the next server takes over', async () => {
    const dataDir = newFolder()
    const script = join(dataDir, 'server.mjs')
    const modules = [
      new URL('./supervise.ts', import.meta.url).href,
      new URL('../self/log.ts', import.meta.url).href,
    ]
    writeFileSync(
      script,
      `import { startEngine } from ${JSON.stringify(modules[0])}
       import { silentLog } from ${JSON.stringify(modules[1])}
       const handle = await startEngine({ dataDir: ${JSON.stringify(dataDir)}, memoryBudgetBytes: 268435456, log: silentLog() })
       await handle.whenReady()
       console.log(handle.pid)`,
    )
    const tsx = pathToFileURL(join(process.cwd(), 'node_modules/tsx/dist/loader.mjs')).href
    const server = spawn(process.execPath, ['--import', tsx, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const enginePid = await new Promise<number>((resolve) =>
      server.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    )
    expect(isAlive(enginePid)).toBe(true)
    server.kill('SIGKILL')
    await until(() => !isAlive(enginePid))
    const handle = await open(dataDir)
    await handle.whenReady()
  })
})

it('waits longer after every failure, up to half a minute, never at the same beat', () => {
  expect(backOffMs(1, 0)).toBe(50)
  expect(backOffMs(1, 1)).toBe(100)
  expect(backOffMs(4, 1)).toBe(800)
  expect(backOffMs(1000, 1)).toBe(30_000)
})
