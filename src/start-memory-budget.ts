import type { MemoryJson } from './contract/memory.ts'
import type { Core } from './core.ts'
import type { GrpcDoor } from './http/grpc-listener.ts'
import { guardMemory } from './http/guard-memory.ts'
import type { Listener, OpenDoor } from './http/listener.ts'
import { messageOf } from './model/problem.ts'
import { CleanPages } from './self/memory/clean-pages.ts'
import { readMemoryLimit } from './self/memory/control-group.ts'
import { Garbage } from './self/memory/garbage.ts'
import { readGroupMemory } from './self/memory/group-memory.ts'
import { MemoryJudge, type MemoryLevel } from './self/memory/judge-memory.ts'
import { PushPause } from './self/memory/push-pause.ts'
import { QueryGate } from './self/memory/query-gate.ts'
import type { ProcessMemory } from './self/process-memory.ts'
import type { Connection } from './start-store.ts'
import type { StartOptions } from './vedette.ts'

/** How often memory is looked at: while little of the budget is used, much, and nearly all. A look takes about 0.15 ms. */
const LOOK_MS = { calm: 1000, near: 250, full: 100 }
const NEAR_SHARE = 0.6
const FULL_SHARE = 0.85
/** Between two queries that are ended: what the first one held has to be gone before the next one is judged. */
const CANCEL_EVERY_MS = 1000
const DROP_CACHES_EVERY_MS = 30_000
/** From this share on garbage is collected, and the engine's allocator gives back what it keeps to give it out again. */
const RELIEVE_SHARE = 0.75
const PURGE_EVERY_MS = 3000
/** A level that comes and goes is told once a minute. */
const TELL_EVERY_MS = 60_000
const MIB = 1024 * 1024
/** The least that `--memory.budget` may say: with less nothing works. */
const LEAST_BUDGET_BYTES = 256 * MIB

/** The watch over `--memory.budget`. */
export interface RunningMemoryBudget {
  /** Call it before the listener opens. */
  guard(listener: OpenDoor): void
  /** Begins to look, once there is an engine, or a cluster. */
  start(connection: Connection): void
  describe(): MemoryJson
}

/** Takes the memory limit of the control group for the budget where it is the smaller one. */
export function withinControlGroup(options: StartOptions): StartOptions {
  const limitBytes = readMemoryLimit()
  if (limitBytes === undefined || limitBytes >= options.config.memoryBudgetBytes) return options
  const memoryBudgetBytes = Math.max(LEAST_BUDGET_BYTES, limitBytes)
  options.log.warn('the memory budget is above the limit of the control group, which is used', {
    budget_bytes: options.config.memoryBudgetBytes,
    limit_bytes: limitBytes,
    used_bytes: memoryBudgetBytes,
  })
  return {
    ...options,
    config: { ...options.config, memoryBudgetBytes },
    load: () => {
      const loaded = options.load()
      if (!loaded.ok) return loaded
      return { ...loaded, config: { ...loaded.config, memoryBudgetBytes } }
    },
  }
}

/** Builds the watch; nothing is looked at yet. */
export function createMemoryBudget(core: Core): RunningMemoryBudget {
  return new MemoryBudget(core)
}

class MemoryBudget implements RunningMemoryBudget {
  readonly #core: Core
  readonly #budgetBytes: number
  readonly #cleanPages = new CleanPages()
  readonly #garbage = new Garbage()
  readonly #judge: MemoryJudge
  readonly #gate: QueryGate
  readonly #pause = new PushPause()
  readonly #shed
  readonly #levels
  readonly #givenBack
  #connection: Connection | undefined
  #memory: ProcessMemory | undefined
  #sinceMs = Date.now()
  #canceledMs = 0
  #droppedMs = 0
  #purgedMs = 0
  #toldMs = 0
  #isTold = false

  constructor(core: Core) {
    this.#core = core
    this.#budgetBytes = core.config().memoryBudgetBytes
    const { registry } = core
    this.#shed = registry.counterBy(
      'vedette_shed_queries_total',
      'Queries that were not answered to save memory: after a wait for their turn, at once, or ended while they ran.',
      ['reason'],
    )
    for (const reason of ['wait', 'refused', 'canceled']) this.#shed.with(reason).inc(0)
    this.#levels = registry.counterBy(
      'vedette_memory_level_changes_total',
      'How often the process group came to a level of its memory budget.',
      ['level'],
    )
    this.#givenBack = registry.counter(
      'vedette_clean_pages_given_back_total',
      'How often clean pages of programs and libraries were given back.',
    )
    this.#judge = new MemoryJudge({
      budgetBytes: this.#budgetBytes,
      givesBack: () => this.#cleanPages.isPossible,
    })
    this.#gate = new QueryGate({
      explain: () => this.#explain(),
      onShed: (reason) => this.#shed.with(reason).inc(),
      nowMs: Date.now,
    })
    this.#registerGauges()
  }

  guard(listener: OpenDoor): void {
    const refusePush = (): string | undefined => this.refusePush()
    if (isHttp(listener)) guardMemory(listener, { gate: this.#gate, refusePush })
    else if (isGrpc(listener)) listener.guardPushes(refusePush)
  }

  start(connection: Connection): void {
    this.#connection = connection
    let timer: NodeJS.Timeout | undefined
    const look = (): void => {
      const memory = readGroupMemory()
      if (memory === undefined) return
      this.#take(memory)
      const share = memory.residentBytes / this.#budgetBytes
      const { calm, near, full } = LOOK_MS
      timer = setTimeout(look, share > FULL_SHARE ? full : share > NEAR_SHARE ? near : calm)
      timer.unref()
    }
    look()
    this.#core.ends.push(() => clearTimeout(timer))
  }

  refusePush(): string | undefined {
    if (!this.#pause.isOn(Date.now())) return undefined
    this.#pause.count += 1
    return `not accepted now to save memory: ${this.#explain()}; send it again`
  }

  describe(): MemoryJson {
    const reasons = ['wait', 'refused', 'canceled'] as const
    return {
      budgetBytes: this.#budgetBytes,
      residentBytes: this.#memory?.residentBytes ?? null,
      anonymousBytes: this.#memory?.anonymousBytes ?? null,
      level: this.#judge.level,
      sinceMs: this.#sinceMs,
      givesBackCleanPages: this.#cleanPages.isPossible,
      shedQueries: reasons.reduce((sum, reason) => sum + this.#shed.with(reason).value, 0),
      postponedPushes: this.#pause.count,
    }
  }

  #take(memory: ProcessMemory): void {
    const nowMs = Date.now()
    this.#memory = memory
    const share = memory.residentBytes / this.#budgetBytes
    if (share >= RELIEVE_SHARE) this.#relieve(nowMs)
    if (this.#judge.shouldGiveBack(memory, nowMs)) {
      this.#giveBackCleanPages()
      // What is left is seen at the next look.
      return
    }
    const before = this.#judge.level
    const level = this.#judge.look(memory, nowMs)
    if (level !== before) this.#change(level, nowMs)
    this.#gate.update(level, this.#budgetBytes - this.#judge.count(memory))
    if (level !== 'calm') this.#dropCaches(nowMs)
    if (this.#judge.isOver(memory)) this.#shedLoad(nowMs)
  }

  #change(level: MemoryLevel, nowMs: number): void {
    this.#sinceMs = nowMs
    this.#levels.with(level).inc()
    if (level !== 'over') this.#pause.end()
    this.#core.late.opened?.saveMemory(level !== 'calm')
    const { log } = this.#core
    const figures = { state: level, used: this.#explain() }
    if (level === 'calm') {
      if (this.#isTold) log.info('there is memory for everything again', figures)
      this.#isTold = false
      return
    }
    if (nowMs - this.#toldMs < TELL_EVERY_MS) return
    this.#toldMs = nowMs
    this.#isTold = true
    log.warn('memory is short: queries of much data wait or are refused', figures)
  }

  /** First the largest query goes. Only when none runs and that has not helped, pushes are put off. */
  #shedLoad(nowMs: number): void {
    if (nowMs - this.#canceledMs < CANCEL_EVERY_MS) return
    this.#canceledMs = nowMs
    if (this.#gate.cancelLargest()) return
    if (this.#pause.begin(nowMs))
      this.#core.log.warn('memory is short: pushes are put off', { used: this.#explain() })
  }

  #giveBackCleanPages(): void {
    this.#givenBack.inc()
    void this.#cleanPages.giveBack()
    this.#connection?.engine?.giveBackCleanPages()
  }

  #relieve(nowMs: number): void {
    this.#garbage.collectWhenDue(nowMs)
    const { engine, client } = this.#connection ?? {}
    if (engine?.ready !== true || nowMs - this.#purgedMs < PURGE_EVERY_MS) return
    this.#purgedMs = nowMs
    client?.command('SYSTEM JEMALLOC PURGE').catch((thrown: unknown) =>
      this.#core.log.debug('the allocator of the engine keeps its memory', {
        reason: messageOf(thrown),
      }),
    )
  }

  /** What the engine keeps to read it sooner the next time. */
  #dropCaches(nowMs: number): void {
    const { engine, client } = this.#connection ?? {}
    if (engine?.ready !== true || nowMs - this.#droppedMs < DROP_CACHES_EVERY_MS) return
    this.#droppedMs = nowMs
    const drop = async (): Promise<void> => {
      await client?.command('SYSTEM DROP MARK CACHE')
      await client?.command('SYSTEM DROP PRIMARY INDEX CACHE')
      await client?.command('SYSTEM DROP QUERY CONDITION CACHE')
    }
    drop().catch((thrown: unknown) =>
      this.#core.log.debug('the caches of the engine stay', { reason: messageOf(thrown) }),
    )
  }

  #explain(): string {
    const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`
    const memory = this.#memory
    if (memory === undefined) return `the budget is ${mib(this.#budgetBytes)}`
    return `${mib(this.#judge.count(memory))} of the memory budget of ${mib(this.#budgetBytes)} are in use, ${mib(memory.anonymousBytes)} of it by data`
  }

  #registerGauges(): void {
    const levels: readonly MemoryLevel[] = ['calm', 'tight', 'over']
    this.#core.registry.collect(() => {
      const memory = readGroupMemory()
      const kinds =
        memory === undefined
          ? []
          : [
              { labels: ['kind', 'anonymous'], value: memory.anonymousBytes },
              {
                labels: ['kind', 'file'],
                value: Math.max(0, memory.residentBytes - memory.anonymousBytes),
              },
            ]
      return [
        {
          name: 'vedette_memory_budget_bytes',
          type: 'gauge',
          help: 'What the process group may take: --memory.budget, or the limit of the control group where that is less.',
          metrics: [{ labels: [], value: this.#budgetBytes }],
        },
        {
          name: 'vedette_process_group_resident_memory_bytes',
          type: 'gauge',
          help: 'Resident memory of the server and all that it has started: anonymous and shared memory, and pages of files.',
          metrics: kinds,
        },
        {
          name: 'vedette_memory_level',
          type: 'gauge',
          help: '0: calm, 1: tight (large queries take turns), 2: over (they are ended, then pushes are put off).',
          metrics: [{ labels: [], value: levels.indexOf(this.#judge.level) }],
        },
        {
          name: 'vedette_postponed_pushes_total',
          type: 'counter',
          help: 'Pushes that were answered with 503 to save memory, before anything of them was read.',
          metrics: [{ labels: [], value: this.#pause.count }],
        },
      ]
    })
  }
}

function isGrpc(listener: OpenDoor): listener is GrpcDoor {
  return 'guardPushes' in listener
}

function isHttp(listener: OpenDoor): listener is Listener {
  return 'app' in listener && 'routes' in listener
}
