import { GroupLoop } from './group-loop.ts'
import { groupIdentity, type RuleGroupConfig, type RuleLanguage } from './rule-config.ts'
import { RuleGroup, type RuleDeps } from './rule-group.ts'

/** Intervals after which the series of a removed group end: a rule that was only moved has taken them over by then. */
const ENDS_AFTER_INTERVALS = 2

interface Running {
  readonly loop: GroupLoop
  readonly identity: string
}

/**
 * All rule groups that are in force (rules/manager.go of Prometheus). `apply` puts others in their place: groups that are the same
 * run on undisturbed, changed ones take over the state of their rules, and the series of removed ones end.
 */
export class RuleManager {
  readonly #deps: RuleDeps
  #running: ReadonlyMap<string, Running> = new Map()
  /** Groups that are gone and whose series are still to end. */
  readonly #ending = new Set<() => void>()
  #applying: Promise<void> = Promise.resolve()
  #isFirst = true
  #isStopped = false

  constructor(deps: RuleDeps) {
    this.#deps = deps
  }

  /** Sorted by file and name. */
  get groups(): readonly RuleGroup[] {
    return [...this.#running.values()]
      .map(({ loop }) => loop.group)
      .sort(
        (a, b) => compare(a.config.file, b.config.file) || compare(a.config.name, b.config.name),
      )
  }

  /**
   * Puts these groups in force. `intervalMs` is that of groups that say none, `logsIntervalMs` of those among them that look at log
   * lines. Resolves when all of them are in force.
   */
  apply(
    groups: readonly RuleGroupConfig[],
    intervalMs: number,
    logsIntervalMs: number = intervalMs,
  ): Promise<void> {
    const defaults = { promql: intervalMs, logql: logsIntervalMs, traceql: intervalMs }
    const applying = this.#applying.then(() => this.#apply(groups, defaults))
    this.#applying = applying
    return applying
  }

  /** Ends all evaluation. Series do not end: the next start goes on with them. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#applying
    for (const cancel of this.#ending) cancel()
    await Promise.all([...this.#running.values()].map(({ loop }) => loop.stop()))
  }

  /** Resolves when no evaluation is under way: for tests, whose clock stands still meanwhile. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ loop }) => loop.settled()))
  }

  async #apply(
    groups: readonly RuleGroupConfig[],
    defaultsMs: Readonly<Record<RuleLanguage, number>>,
  ): Promise<void> {
    if (this.#isStopped) return
    const old = new Map(this.#running)
    const next = new Map<string, Running>()
    const starting: GroupLoop[] = []
    for (const config of groups) {
      const intervalMs = config.intervalMs ?? defaultsMs[config.language]
      const identity = `${intervalMs} ${groupIdentity(config)}`
      const key = keyOf(config)
      const before = old.get(key)
      old.delete(key)
      if (before?.identity === identity) {
        next.set(key, before)
        continue
      }
      await before?.loop.stop()
      const group = new RuleGroup(
        config,
        intervalMs,
        this.#deps,
        !this.#isFirst,
        before?.loop.group,
      )
      const loop = new GroupLoop(group, this.#deps, this.#isFirst)
      next.set(key, { loop, identity })
      starting.push(loop)
    }
    for (const { loop } of old.values()) {
      await loop.stop()
      this.#end(loop.group)
    }
    this.#running = next
    this.#isFirst = false
    for (const loop of starting) loop.start()
  }

  /** Has the series of a removed group end, a little later. */
  #end(group: RuleGroup): void {
    const { clock, metrics } = this.#deps
    const removedMs = clock.nowMs()
    metrics.removeGroup(group.key)
    group.endAll()
    const cancel = clock.after(ENDS_AFTER_INTERVALS * group.intervalMs, () => {
      this.#ending.delete(cancel)
      group.writeEnded(removedMs)
    })
    this.#ending.add(cancel)
  }
}

function keyOf({ file, name }: RuleGroupConfig): string {
  return `${file};${name}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
