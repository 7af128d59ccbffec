import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContainerCollector } from './collect.ts'
import { DEFAULT_CONTAINERS } from './containers-section.ts'
import { findHierarchies, type Hierarchies } from './group-tree.ts'

const ROOT = '/sys/fs/cgroup'
const NAME = `/vedette-test-${process.pid}`
const MEMORY_LIMIT = 192 * 1024 * 1024
const QUOTA = 10_000
const PERIOD = 100_000

/** The folders of a group with both bounds; none where this user may not make groups. */
function makeFolders(hierarchies: Hierarchies): string[] {
  const made: string[] = []
  try {
    if (hierarchies.version === 2) {
      const folder = ROOT + NAME
      mkdirSync(folder)
      made.push(folder)
      writeFileSync(`${folder}/memory.max`, String(MEMORY_LIMIT))
      writeFileSync(`${folder}/cpu.max`, `${QUOTA} ${PERIOD}`)
      return made
    }
    const { cpu, cpuacct, memory } = hierarchies.roots
    for (const root of new Set([cpu, cpuacct, memory])) {
      if (root === undefined) throw new Error('a hierarchy is not mounted')
      mkdirSync(root + NAME)
      made.push(root + NAME)
    }
    writeFileSync(`${memory}${NAME}/memory.limit_in_bytes`, String(MEMORY_LIMIT))
    writeFileSync(`${cpu}${NAME}/cpu.cfs_period_us`, String(PERIOD))
    writeFileSync(`${cpu}${NAME}/cpu.cfs_quota_us`, String(QUOTA))
    return made
  } catch (error) {
    for (const folder of made) rmdirSync(folder)
    console.log(`skipped: no control group with bounds can be made here: ${String(error)}`)
    return []
  }
}

const hierarchies = existsSync(ROOT) ? findHierarchies(ROOT) : undefined
const folders = hierarchies === undefined ? [] : makeFolders(hierarchies)
if (hierarchies === undefined) console.log(`skipped: there are no control groups under ${ROOT}`)

/** Starts a program in the group from its first page of memory on. */
function startInside(program: string, ...words: string[]): ChildProcess {
  const enter = folders.map((folder) => `echo $$ > ${folder}/cgroup.procs`).join(' && ')
  return spawn('/bin/sh', ['-c', `${enter} && exec "$0" "$@"`, program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function waitFor<T>(ask: () => T | undefined): Promise<T> {
  for (;;) {
    const found = ask()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe.skipIf(folders.length === 0)('a real process under bounds', () => {
  const started: ChildProcess[] = []
  let collector: ContainerCollector
  beforeAll(() => {
    const prefixes = { dockerOnly: true, rawPrefixes: [NAME] }
    const sockets = { docker: undefined, podman: undefined, containerd: undefined }
    collector = new ContainerCollector(
      { ...DEFAULT_CONTAINERS, ...prefixes, ...sockets },
      () => undefined,
    )
  })
  afterAll(async () => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    collector.close()
    for (const folder of folders) {
      if (existsSync(folder)) await waitFor(() => removed(folder))
    }
  })

  async function valueOf(name: string): Promise<number> {
    const page = String(await collector.page(new AbortController().signal))
    let sum = Number.NaN
    for (const line of page.split('\n')) {
      if (!line.startsWith(`${name}{id="${NAME}"`)) continue
      const value = Number(line.slice(line.lastIndexOf('} ') + 2).split(' ')[0])
      sum = Number.isNaN(sum) ? value : sum + value
    }
    return sum
  }

  it('is reported within 2 % of what /proc says of it', async () => {
    const memory = startInside(
      process.execPath,
      '-e',
      'globalThis.kept = Buffer.alloc(100 << 20, 1); console.log("ready"); setInterval(() => {}, 1e6)',
    )
    started.push(memory)
    if (memory.stdout) await once(memory.stdout, 'data')
    memory.kill('SIGSTOP')
    const anonymous =
      Number(
        /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${memory.pid}/status`, 'utf8'))?.[1],
      ) * 1024
    expect(anonymous).toBeGreaterThan(100 << 20)
    expectNear(await valueOf('container_memory_rss'), anonymous)
    expect(await valueOf('container_memory_working_set_bytes')).toBeGreaterThan(anonymous * 0.98)
    expect(await valueOf('container_spec_memory_limit_bytes')).toBe(MEMORY_LIMIT)
    const before = await valueOf('container_cpu_usage_seconds_total')

    const busy = startInside('/bin/sh', '-c', 'while :; do :; done')
    started.push(busy)
    await waitFor(() => (runSeconds(busy) > 0.8 ? true : undefined))
    busy.kill('SIGSTOP')
    await waitFor(() =>
      /^State:\s+T/m.test(readFileSync(`/proc/${busy.pid}/status`, 'utf8')) ? true : undefined,
    )
    expectNear((await valueOf('container_cpu_usage_seconds_total')) - before, runSeconds(busy))
    expect(await valueOf('container_spec_cpu_quota')).toBe(QUOTA)
    expect(await valueOf('container_cpu_cfs_throttled_periods_total')).toBeGreaterThan(0)
    expect(await valueOf('container_cpu_cfs_throttled_seconds_total')).toBeGreaterThan(0)
  }, 60_000)

  it('is gone from the page when its group is', async () => {
    for (const child of started) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    for (const folder of folders) await waitFor(() => removed(folder))
    expect(await valueOf('container_last_seen')).toBeNaN()
    expect(await valueOf('container_memory_rss')).toBeNaN()
  }, 30_000)
})

/** A group can be removed a moment after its last process ended. */
function removed(folder: string): true | undefined {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return undefined
  }
}

/** What the scheduler counts for the first thread of a process. */
function runSeconds({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9
}

function expectNear(got: number, wanted: number): void {
  expect(Math.abs(got / wanted - 1), `${got} is not near ${wanted}`).toBeLessThan(0.02)
}
