import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FaultList } from '../../../yaml/fault.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { parseYaml } from '../../../yaml/parse.ts'
import { readYamlFile } from '../../../yaml/read-file.ts'
import type { Aliases } from '../../aliases.ts'
import { hostLogs } from './host-logs.ts'
import { readPromtailConfig, type TailConfig } from './promtail-config.ts'

/** What log files and journals are read, and where that is said. */
export interface TailPart {
  readonly config: TailConfig
  /** Undefined for this host's own logs. */
  readonly file: string | undefined
  /** This host's logs, which nobody has configured. */
  readonly isHost: boolean
  /** Another one when what is said may be something else. */
  readonly version: string
}

export interface PromtailSource {
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
  readonly aliases: Aliases
}

/** Where it may be said what to read. */
export interface PromtailPlaces {
  /** The vedette.yml. */
  readonly main?: string
  /** The promtail file of a folder. */
  readonly promtail?: string
  /** `--promtail`: a path, `host` or `off`. */
  readonly flag?: string
  /** Whether there is no configuration at all, so that the defaults hold. */
  readonly isDefault: boolean
}

/**
 * `promtail:` of a vedette.yml (the content of a promtail file, its path, `host` or `off`), or else the promtail file of the folder;
 * without any configuration this host's logs. Undefined: nothing is read.
 */
export function readPromtailPart(
  node: YamlNode | undefined,
  places: PromtailPlaces,
  source: PromtailSource,
): TailPart | undefined {
  if (places.flag === undefined && node?.isMap === true) return readInline(node, source)
  const word = places.flag ?? node?.asString()
  if (word === 'off') return undefined
  if (word === 'host' || (word === undefined && places.promtail === undefined)) {
    return word === 'host' || places.isDefault ? readHost(source) : undefined
  }
  const folder = places.flag === undefined ? path.dirname(path.resolve(places.main ?? '.')) : '.'
  const file = word === undefined ? places.promtail : path.resolve(folder, word)
  if (file === undefined) return undefined
  if (word !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    const message = `there is no file ${file}; a promtail file, host or off may be given`
    if (places.flag === undefined) return node?.error(message)
    source.faults.add({ file: '--promtail', line: 0, col: 0, message, severity: 'error' })
    return undefined
  }
  return readPromtailFile(file, source)
}

/** Reads one promtail file; undefined when it is not YAML, which is then among the faults. */
export function readPromtailFile(file: string, source: PromtailSource): TailPart | undefined {
  const root = readYamlFile(file, source)
  if (root === undefined) return undefined
  const folder = path.dirname(path.resolve(file))
  const config = readPromtailConfig(root, contextOf(folder, source))
  return { config, file, isHost: false, version: versionOf(readText(file), config) }
}

function readInline(node: YamlNode, source: PromtailSource): TailPart {
  const folder = path.dirname(path.resolve(node.file))
  const config = readPromtailConfig(node, contextOf(folder, source))
  const version = versionOf(readText(node.file), config)
  return { config, file: node.file, isHost: false, version }
}

function readHost(source: PromtailSource): TailPart {
  const text = hostLogs(Intl.DateTimeFormat().resolvedOptions().timeZone)
  const root = parseYaml(text, { faults: source.faults, file: 'built-in defaults' })
  if (root === undefined) throw new Error('the built-in logs of this host are not YAML')
  const config = readPromtailConfig(root, contextOf('/', source))
  return { config, file: undefined, isHost: true, version: 'host' }
}

function contextOf(
  folder: string,
  { aliases }: PromtailSource,
): { folder: string; aliases: Aliases; warnsUnsupported: true } {
  return { folder, aliases, warnsUnsupported: true }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Of the text, since stages cannot be compared; and of what variables have put into it. */
function versionOf(text: string, { jobs, ...rest }: TailConfig): string {
  const shown = jobs.map(({ discovery, relabelConfigs, journal }) => ({
    ...{ discovery, journal },
    relabelConfigs: relabelConfigs.map((rule) => ({ ...rule, modulus: String(rule.modulus) })),
  }))
  return createHash('sha256')
    .update(JSON.stringify([text, rest, shown]))
    .digest('base64')
}
