import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { readSettings } from './settings.ts'
import type { StageEnv, StageSpec, StepStage } from './stage.ts'

const NAMES = ['rate', 'burst', 'drop', 'by_label_name', 'max_distinct_labels']

/** Promtail keeps at least so many values of a label apart. */
const LEAST_DISTINCT = 10_000

interface LimitSettings {
  /** Lines a second. */
  readonly rate: number
  readonly burst: number
  readonly drops: boolean
  readonly byLabel: string
  readonly maxDistinct: number
}

/**
 * `limit`: so many lines a second, after a burst. With `drop` the others fall. Without it promtail waits; here the line goes through on
 * credit and the sources of the job are asked to pause until the credit is paid back (`StagePipeline.pausedUntilMs`), so that the
 * rate is kept over time and nobody else waits.
 */
export function readLimit(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, NAMES, readLimitSettings)
  return settings && ((env) => limitStage(settings, env))
}

function readLimitSettings(map: YamlMap): LimitSettings {
  const positive = (name: string, value: number | undefined): number => {
    const key = map.key(name)
    if (key.isEmpty) map.node.errorAtKey(`${name} must be set`)
    else if (value !== undefined && !(value > 0)) key.error(`must be above 0, not ${value}`)
    return value ?? 1
  }
  const byLabel = map.key('by_label_name').asString() ?? ''
  const drops = map.key('drop').asBool() ?? false
  if (byLabel !== '' && !drops) {
    map.key('by_label_name').errorAtKey('needs `drop: true`: lines of one label cannot wait')
  }
  const distinct = map.key('max_distinct_labels')
  const maxDistinct = distinct.asInteger() ?? LEAST_DISTINCT
  if (byLabel !== '' && maxDistinct < LEAST_DISTINCT) {
    distinct.warn(`raised to ${LEAST_DISTINCT}, the least that promtail takes`)
  }
  return {
    rate: positive('rate', map.key('rate').asNumber()),
    burst: positive('burst', map.key('burst').asInteger()),
    drops,
    byLabel,
    maxDistinct: Math.max(maxDistinct, LEAST_DISTINCT),
  }
}

/** A bucket that fills with `rate` a second up to `burst` (golang.org/x/time/rate). */
class Bucket {
  readonly #settings: LimitSettings
  #tokens: number
  #atMs: number

  constructor(settings: LimitSettings, nowMs: number) {
    this.#settings = settings
    this.#tokens = settings.burst
    this.#atMs = nowMs
  }

  #refill(nowMs: number): void {
    const { rate, burst } = this.#settings
    // A clock that is set back fills nothing.
    const passedMs = Math.max(nowMs - this.#atMs, 0)
    this.#tokens = Math.min(burst, this.#tokens + (passedMs / 1000) * rate)
    this.#atMs = nowMs
  }

  /** Takes one token if there is one. */
  allow(nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  /** Takes one token, on credit if need be; returns how long to wait until the next is due. */
  reserve(nowMs: number): number {
    this.#refill(nowMs)
    this.#tokens--
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#settings.rate) * 1000
  }
}

function limitStage(settings: LimitSettings, env: StageEnv): StepStage {
  if (settings.byLabel !== '') return byLabelStage(settings, env)
  const bucket = new Bucket(settings, env.nowMs())
  if (!settings.drops) {
    return {
      step: () => {
        const nowMs = env.nowMs()
        const waitMs = bucket.reserve(nowMs)
        if (waitMs > 0) env.pause(nowMs + waitMs)
        return true
      },
    }
  }
  return {
    step: () => {
      if (bucket.allow(env.nowMs())) return true
      env.drop('ratelimit_drop_stage')
      return false
    },
  }
}

function byLabelStage(settings: LimitSettings, env: StageEnv): StepStage {
  const { byLabel, maxDistinct } = settings
  const dropped = env.registry?.counterBy(
    'logentry_dropped_lines_by_label_total',
    'A count of all log lines dropped as a result of a pipeline stage',
    ['label_name', 'label_value'],
  )
  // Two generations: when the younger is full, what the elder has and nobody asked for since is forgotten.
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  const bucketOf = (value: string): Bucket => {
    const known = young.get(value)
    if (known !== undefined) return known
    const bucket = old.get(value) ?? new Bucket(settings, env.nowMs())
    if (young.size >= maxDistinct) {
      for (const gone of old.keys()) {
        if (!young.has(gone)) dropped?.remove(byLabel, gone)
      }
      old = young
      young = new Map()
    }
    young.set(value, bucket)
    return bucket
  }
  const step = ({ labels }: LogEntry): boolean => {
    const value = labels.get(byLabel)
    if (value === '' || bucketOf(value).allow(env.nowMs())) return true
    env.drop('ratelimit_drop_stage')
    dropped?.with(byLabel, value).inc()
    return false
  }
  return { step }
}
