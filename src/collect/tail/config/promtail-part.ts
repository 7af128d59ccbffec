import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FaultList } from '../../../yaml/fault.ts'
import { flagFault } from '../../../yaml/flag.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { parseYaml } from '../../../yaml/parse.ts'
import { readYamlFile } from '../../../yaml/read-file.ts'
import { buildAliases, type Aliases, type BuiltInPart } from '../../aliases.ts'
import type { FoundFiles } from '../../config/find-config.ts'
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
  /** `aliases:` of a vedette.yml. */
  readonly aliases: Readonly<Record<string, BuiltInPart | 'none'>>
}

/**
 * `promtail:` of a vedette.yml (the content of a promtail file, its path, `host` or `off`), or else the promtail file of the folder;
 * without any configuration this host's logs. The flag goes before. Undefined: nothing is read.
 */
export function readPromtailPart(
  node: YamlNode | undefined,
  found: FoundFiles,
  source: PromtailSource & { readonly flag: string | undefined },
): TailPart | undefined {
  const { flag } = source
  if (flag === undefined && node?.isMap === true) return readInline(node, source)
  const word = flag ?? node?.asString()
  if (word === 'off') return undefined
  const isDefault = Object.keys(found).length === 0
  if (word === 'host' || (word === undefined && isDefault)) return readHost(source)
  const folder = flag === undefined ? path.dirname(path.resolve(found.main ?? '.')) : '.'
  const file = word === undefined ? found.promtail : path.resolve(folder, word)
  if (file === undefined) return undefined
  if (word !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    const message = `there is no file ${file}; a promtail file, host or off may be given`
    if (flag === undefined) return node?.error(message)
    source.faults.add(flagFault('promtail', message))
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
  return { folder, aliases: buildAliases(aliases), warnsUnsupported: true }
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
