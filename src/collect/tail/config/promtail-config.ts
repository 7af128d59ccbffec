import path from 'node:path'
import { unlessEmpty } from '../../../yaml/context.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readGoDurationMs } from '../stages/settings.ts'
import { readClients, type ClientsContext, type ExternalLabels } from './clients-section.ts'
import { readTailJobs, type TailJob } from './tail-job.ts'
import { warnWithoutEffect } from './without-effect.ts'

/** What a promtail file says that has an effect here. */
export interface TailConfig {
  readonly jobs: readonly TailJob[]
  readonly externalLabels: ExternalLabels
  readonly positions: {
    /** promtail's own file, from which positions are taken over once. */
    readonly file: string
    readonly syncPeriodMs: number
    readonly ignoresInvalid: boolean
  }
  /** `target_config.sync_period`: how often files are looked for that no event told of. */
  readonly scanIntervalMs: number
  /** `limits_config.max_line_size`; 0: none. */
  readonly maxLineBytes: number
  readonly cutsLines: boolean
  /** The folder that relative paths start from. */
  readonly folder: string
}

const DEFAULT_SYNC_MS = 10_000
const DEFAULT_POSITIONS = '/var/log/positions.yaml'

/**
 * Reads a promtail file (promtail's config.Config). Keys that have no effect here are warned about by name; those that promtail does
 * not know are errors.
 */
export function readPromtailConfig(root: YamlNode, context: ClientsContext): TailConfig {
  const map = root.asMap()
  const key = (name: string): YamlNode => map?.key(name) ?? root.child(name, undefined)
  if (map !== undefined) {
    warnWithoutEffect(map, ['server'], 'the listeners of this program are under listen')
    warnWithoutEffect(map, ['tracing', 'wal', 'global'])
  }
  const limits = readLimits(key('limits_config').asMap() ?? key('limit_config').asMap())
  const config: TailConfig = {
    jobs: readTailJobs(key('scrape_configs'), context),
    externalLabels: map === undefined ? {} : readClients(map, context),
    positions: readPositions(key('positions'), context.folder),
    scanIntervalMs: readTargetConfig(key('target_config')),
    ...limits,
    folder: context.folder,
  }
  const options = key('options').asMap()
  if (options !== undefined) {
    warnWithoutEffect(options, ['stream_lag_labels'])
    options.finish()
  }
  map?.finish()
  return config
}

function readPositions(node: YamlNode, folder: string): TailConfig['positions'] {
  const map = node.asMap()
  const sync = map && readGoDurationMs(map.key('sync_period'))
  const written = unlessEmpty(map?.key('filename').asString()) ?? DEFAULT_POSITIONS
  const ignoresInvalid = map?.key('ignore_invalid_yaml').asBool() ?? false
  map?.finish()
  return {
    file: path.resolve(folder, written),
    syncPeriodMs: Math.max(100, sync ?? DEFAULT_SYNC_MS),
    ignoresInvalid,
  }
}

function readTargetConfig(node: YamlNode): number {
  const map = node.asMap()
  const sync = map && readGoDurationMs(map.key('sync_period'))
  const stdin = map?.key('stdin')
  if (stdin?.asBool() === true)
    stdin.warnAtKey('not supported: this program reads no lines from its input')
  map?.finish()
  return Math.max(250, sync ?? DEFAULT_SYNC_MS)
}

const UNITS = ['', 'k', 'm', 'g']

function readLimits(map: YamlMap | undefined): Pick<TailConfig, 'maxLineBytes' | 'cutsLines'> {
  if (map === undefined) return { maxLineBytes: 0, cutsLines: false }
  warnWithoutEffect(
    map,
    ['readline_rate', 'readline_burst', 'readline_rate_enabled', 'readline_rate_drop'],
    'lines are read as fast as they can be stored',
  )
  warnWithoutEffect(map, ['max_streams'], 'max_global_streams_per_user of Loki bounds streams')
  const size = map.key('max_line_size')
  const limits = {
    maxLineBytes: readSize(size) ?? 0,
    cutsLines: map.key('max_line_size_truncate').asBool() ?? false,
  }
  map.finish()
  return limits
}

function readSize(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const found = /^([0-9]+(?:\.[0-9]+)?)\s*([kmg]?)i?b?$/i.exec(text)
  if (found === null) return node.error(`must be a size such as 256KB, not ${JSON.stringify(text)}`)
  return Math.floor(Number(found[1]) * 1024 ** UNITS.indexOf((found[2] ?? '').toLowerCase()))
}
