import { readFileSync } from 'node:fs'
import { FaultList, type ConfigFault } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { Diagnosis, Finding, Tally } from './finding.ts'

/** What of a configuration is counted. */
export interface CountedConfig {
  readonly files: readonly string[]
  readonly rules: {
    readonly files: readonly string[]
    readonly groups: readonly { readonly rules: readonly unknown[] }[]
  }
  readonly tail:
    | {
        readonly file: string | undefined
        readonly config: { readonly jobs: readonly { readonly stages: readonly unknown[] }[] }
      }
    | undefined
}

/** What `loadConfig` came to. */
export interface LoadedFiles {
  /** Undefined with an error. */
  readonly config: CountedConfig | undefined
  readonly faults: readonly ConfigFault[]
}

/** The keys of all files that were read, and what was said of some of them. */
export function examineFiles({ config, faults }: LoadedFiles): Diagnosis {
  const findings = faults.map((fault): Finding => ({
    area: isOfRules(fault.file, config) ? 'rules' : 'configuration',
    gravity: fault.severity === 'error' ? 'fault' : 'advice',
    place: placeOf(fault),
    text: fault.message,
  }))
  if (config === undefined) return { findings, tallies: [] }
  const keys = config.files.reduce((sum, file) => sum + countKeys(file), 0)
  const groups = config.rules.groups
  const rules = groups.reduce((sum, { rules: all }) => sum + all.length, 0)
  const stages = (config.tail?.file === undefined ? [] : config.tail.config.jobs).reduce(
    (sum, { stages: of }) => sum + of.length,
    0,
  )
  const bad = (area: Finding['area']): number =>
    new Set(findings.filter((one) => one.area === area).map(({ place }) => place)).size
  const tally = (area: Finding['area'], what: string, total: number): Tally[] =>
    total === 0 ? [] : [{ area, what, total, supported: Math.max(0, total - bad(area)) }]
  const tallies = [
    ...tally('configuration', 'keys', keys),
    ...tally('rules', 'rules', rules),
    ...tally('pipelines', 'stages', stages),
  ]
  return { findings, tallies }
}

function isOfRules(file: string, config: CountedConfig | undefined): boolean {
  return config?.rules.files.includes(file) ?? false
}

function placeOf({ file, line, col }: ConfigFault): string {
  return line === 0 ? file : `${file}:${line}:${col}`
}

/** Every key of every mapping. */
function countKeys(file: string): number {
  try {
    const root = parseYaml(readFileSync(file, 'utf8'), { file, faults: new FaultList() })
    return root === undefined ? 0 : keysOf(root)
  } catch {
    // What cannot be read is among the faults already.
    return 0
  }
}

function keysOf(node: YamlNode): number {
  if (node.isMap) {
    const entries = node.asMap()?.entries() ?? []
    return entries.reduce((sum, entry) => sum + 1 + keysOf(entry), 0)
  }
  if (node.isScalar || node.isEmpty) return 0
  return (node.asList() ?? []).reduce((sum, item) => sum + keysOf(item), 0)
}
