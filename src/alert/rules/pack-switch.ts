import { messageOf } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { MetricsSource } from '../../store/metrics-source.ts'
import type { Clock } from '../clock.ts'
import type { Pack, PacksPart } from './packs-part.ts'
import type { RuleGroupConfig } from './rule-config.ts'

export interface PackSwitchDeps {
  /** Only its index of series is asked. */
  readonly source: Pick<MetricsSource, 'series'>
  readonly clock: Clock
  readonly log: Log
  /** Other packs are on than before: their groups are to be put in force. */
  readonly onChange: () => Promise<void>
}

/** How often it is looked whether the data of packs is there. */
const LOOK_EVERY_MS = 60_000

/** Data counts as there for so long: what has gone silent is a reason for alerts and not for switching them off. */
const REMEMBERED_MS = 6 * 3_600_000

/** The index is in memory; should it not answer, the packs stay as they are. */
const LOOK_TIMEOUT_MS = 10_000

/** Decides which packs have their rules on: those whose data is there, unless the configuration says it. */
export class PackSwitch {
  readonly #deps: PackSwitchDeps
  #packs: readonly Pack[] = []
  /** Names of packs whose data was there at the last look. */
  #present: ReadonlySet<string> = new Set()
  #cancel: () => void = () => undefined
  #ticking: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(deps: PackSwitchDeps) {
    this.#deps = deps
  }

  /** The packs that are on. */
  get active(): readonly Pack[] {
    return this.#packs.filter((pack) => this.#isOn(pack))
  }

  /** The groups of those packs. */
  get groups(): readonly RuleGroupConfig[] {
    return this.active.flatMap((pack) => pack.groups)
  }

  /**
   * Takes other packs and looks for their data at once, so that what was on before a restart is on with the first rules. From
   * then on it is looked for once a minute.
   */
  async use({ packs }: PacksPart): Promise<void> {
    this.#cancel()
    this.#packs = packs
    for (const { manifest, mode, replaced } of packs) {
      if (mode === 'off') continue
      for (const { alert, by } of replaced) {
        this.#deps.log.info("an alert of a pack is off: a rule file's own goes before it", {
          pack: manifest.name,
          alert,
          by,
        })
      }
    }
    await this.#look()
    this.#wait()
  }

  /** Looks no more; resolves when what a look has led to is done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#ticking
  }

  /** Resolves when no look is under way: for tests, whose clock stands still meanwhile. */
  async settled(): Promise<void> {
    await this.#ticking
  }

  #isOn({ mode, manifest }: Pack): boolean {
    return mode === 'auto' ? this.#present.has(manifest.name) : mode === 'on'
  }

  #wait(): void {
    if (this.#isStopped) return
    this.#cancel = this.#deps.clock.after(LOOK_EVERY_MS, () => {
      this.#ticking = this.#tick()
    })
  }

  async #tick(): Promise<void> {
    try {
      if ((await this.#look()) && !this.#isStopped) await this.#deps.onChange()
    } catch (thrown) {
      this.#deps.log.error('rules of packs cannot be switched', { reason: messageOf(thrown) })
    }
    this.#wait()
  }

  /** Resolves to whether other packs are on than before. */
  async #look(): Promise<boolean> {
    const before = this.#present
    const present = new Set<string>()
    for (const pack of this.#packs) {
      const { name } = pack.manifest
      if (pack.mode === 'auto' && (await this.#hasData(pack, before.has(name)))) present.add(name)
    }
    for (const pack of this.#packs) {
      const { name } = pack.manifest
      if (pack.mode !== 'auto' || present.has(name) === before.has(name)) continue
      const { groups } = pack
      if (groups.length === 0) continue
      const rules = groups.reduce((sum, group) => sum + group.rules.length, 0)
      if (present.has(name)) this.#deps.log.info('rules of a pack are on', { pack: name, rules })
      else this.#deps.log.info('rules of a pack are off: its data is gone', { pack: name })
    }
    this.#present = present
    return present.size !== before.size || [...present].some((name) => !before.has(name))
  }

  async #hasData({ manifest }: Pack, before: boolean): Promise<boolean> {
    const endMs = this.#deps.clock.nowMs()
    const query = {
      selectors: [manifest.needsMatchers],
      startMs: endMs - REMEMBERED_MS,
      endMs,
      limit: 1,
    }
    const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS)
    try {
      const found = await this.#deps.source.series(query, {
        signal,
        maxSeries: 1_000_000,
        maxSamples: 1,
      })
      return found.values.length > 0
    } catch (thrown) {
      this.#deps.log.warn('the data of a pack cannot be looked for; its rules stay as they are', {
        pack: manifest.name,
        reason: messageOf(thrown),
      })
      return before
    }
  }
}
