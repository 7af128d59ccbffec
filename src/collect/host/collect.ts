import { setImmediate } from 'node:timers/promises'
import { messageOf, Problem } from '../../model/problem.ts'
import type { MetricFamily } from '../../model/metric-family.ts'
import { NoData, type Collect, type FailureMemory } from './collector.ts'
import { COLLECTORS } from './collectors.ts'
import { FamilyCollection, gauge } from './families.ts'
import type { HostOptions } from './options.ts'
import { SlowCalls } from './slow-calls.ts'

const DURATION = gauge(
  'node_scrape_collector_duration_seconds',
  'node_exporter: Duration of a collector scrape.',
)
const SUCCESS = gauge(
  'node_scrape_collector_success',
  'node_exporter: Whether a collector succeeded.',
)
const BUILD_INFO = gauge(
  'node_exporter_build_info',
  "A metric with a constant '1' value labeled by version, revision, branch, goversion from which node_exporter was built, and the goos and goarch for the build.",
)

/** Work behind `SlowCalls` ends by then: well before a scrape times out (10 s by default). */
const DEADLINE_MS = 5000

/** Other work of the program gets its turn when collectors have held the thread for so long. */
const TURN_MS = 5

/** Told of a collector (or a file of the textfile collector) that fails, once for each new message; never of `NoData`. */
export type ReportFailure = (what: string, message: string) => void

export interface HostCollector {
  /** The collectors that run. */
  readonly names: readonly string[]
  /**
   * Everything that the host shows now, as node_exporter's page has it, families ordered by name. Two callers at the same time
   * share one collection. `only` limits it to some collectors (node_exporter's `collect[]`).
   * Rejects with the signal's reason when it is aborted, and with a `Problem` of code `bad_data` when `only` names a collector
   * that does not run; a collector that fails does not reject but has `node_scrape_collector_success` 0.
   */
  collect(signal?: AbortSignal, only?: readonly string[]): Promise<MetricFamily[]>
}

interface Running {
  readonly name: string
  readonly collect: Collect
}

/** Makes the collectors that the options name. Throws a `Problem` for options that cannot be (a pattern that is none). */
export function createHostCollector(
  options: HostOptions,
  report: ReportFailure = () => {},
): HostCollector {
  const slow = new SlowCalls()
  const failures = rememberFailures(report)
  const running: Running[] = COLLECTORS.filter(({ name }) => options.collectors.has(name)).map(
    (kind) => ({ name: kind.name, collect: kind.create({ options, slow, failures }) }),
  )
  const collectFrom = async (chosen: readonly Running[]): Promise<MetricFamily[]> => {
    const out = new FamilyCollection()
    addBuildInfo(out, options.version)
    await runAll(chosen, out, failures)
    return out.toFamilies()
  }
  let underWay: Promise<MetricFamily[]> | undefined
  const collectAll = (): Promise<MetricFamily[]> => {
    underWay ??= collectFrom(running).finally(() => (underWay = undefined))
    return underWay
  }
  return {
    names: running.map(({ name }) => name),
    collect: (signal, only) =>
      orAborted(
        only === undefined ? collectAll() : collectFrom(choose(running, options, only)),
        signal,
      ),
  }
}

function choose(
  running: readonly Running[],
  options: HostOptions,
  only: readonly string[],
): readonly Running[] {
  for (const name of only) {
    if (options.collectors.has(name)) continue
    const exists = COLLECTORS.some((kind) => kind.name === name)
    throw new Problem('bad_data', `${exists ? 'disabled' : 'missing'} collector: ${name}`)
  }
  return running.filter(({ name }) => only.includes(name))
}

/** Runs what is synchronous in turn, with pauses for others, and what waits side by side. */
async function runAll(
  chosen: readonly Running[],
  out: FamilyCollection,
  failures: FailureMemory,
): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS
  const waiting: Promise<void>[] = []
  let turnStartMs = performance.now()
  for (const { name, collect } of chosen) {
    const startMs = performance.now()
    const finish = (error?: unknown): void => {
      failures.note(name, error)
      out.add(DURATION, (performance.now() - startMs) / 1000, ['collector', name])
      out.add(SUCCESS, error === undefined ? 1 : 0, ['collector', name])
    }
    const done = attempt(collect, out, deadlineMs)
    if (done.wait) waiting.push(done.wait.then(() => finish(), finish))
    else finish(done.error)
    if (performance.now() - turnStartMs > TURN_MS) {
      await setImmediate()
      turnStartMs = performance.now()
    }
  }
  await Promise.all(waiting)
}

function attempt(
  collect: Collect,
  out: FamilyCollection,
  deadlineMs: number,
): { readonly wait?: Promise<void>; readonly error?: unknown } {
  try {
    const wait = collect(out, deadlineMs)
    return wait ? { wait } : {}
  } catch (error) {
    return { error: error ?? new Error('unknown') }
  }
}

function rememberFailures(report: ReportFailure): FailureMemory {
  const last = new Map<string, string>()
  return {
    note(what, error) {
      if (error === undefined || error instanceof NoData) {
        last.delete(what)
        return
      }
      const message = messageOf(error)
      if (last.get(what) === message) return
      last.set(what, message)
      report(what, message)
    },
  }
}

function addBuildInfo(out: FamilyCollection, version: string): void {
  out.add(BUILD_INFO, 1, [
    ...['branch', '', 'goarch', goArch(), 'goos', 'linux', 'goversion', ''],
    ...['revision', '', 'tags', '', 'version', version],
  ])
}

/** What Go calls this machine. */
function goArch(): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }
  return names[process.arch] ?? process.arch
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      const reason: unknown = signal.reason
      reject(reason instanceof Error ? reason : new Problem('canceled', messageOf(reason)))
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const forget = (): void => signal.removeEventListener('abort', onAbort)
    work.then(resolve, reject)
    work.then(forget, forget)
  })
}
