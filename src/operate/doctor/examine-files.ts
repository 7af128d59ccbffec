import type { ConfigFault } from '../../yaml/fault.ts'
import { tallyItems, type Diagnosis, type Finding, type Item, type Verdict } from './finding.ts'
import { judgeFault, textOf } from './judge-fault.ts'
import { listKeys } from './list-keys.ts'

/** What of a configuration is looked at. */
export interface CountedConfig {
  readonly files: readonly string[]
  readonly rules: {
    readonly files: readonly string[]
    readonly groups: readonly RuleGroupLines[]
  }
}

interface RuleGroupLines {
  readonly file: string
  readonly name: string
  readonly rules: readonly { readonly name: string; readonly line: number }[]
}

/** What `loadConfig` came to. */
export interface LoadedFiles {
  /** Undefined with an error: then only keys are looked at. */
  readonly config: CountedConfig | undefined
  /** Those that were to be read; for a configuration with errors. */
  readonly files: readonly string[]
  readonly faults: readonly ConfigFault[]
}

/** The keys, rules and stages of all files that were read, and what was said of some of them. */
export function examineFiles({ config, files, faults }: LoadedFiles): Diagnosis {
  const ruleFiles = new Set(config?.rules.files ?? [])
  const findings = faults.map((fault): Finding => ({
    area: ruleFiles.has(fault.file) ? 'rules' : 'configuration',
    gravity: fault.severity === 'error' ? 'fault' : 'advice',
    place: placeOf(fault),
    text: fault.message,
    verdict: judgeFault(fault),
  }))
  const read = config?.files ?? files
  const keys = read.flatMap((file) => itemsOfFile(file, faults))
  const rules = (config?.rules.groups ?? []).flatMap((group) => itemsOfGroup(group, faults))
  const items = [...keys, ...rules]
  const tallies = (['key', 'rule', 'stage'] as const).flatMap((what) => tallyItems(items, what))
  return { findings, tallies, items }
}

/** A stage is the one key of an item of `pipeline_stages`, or of the `stages` of another one. */
const STAGE = /(?:pipeline_stages|\.stages)\[\d+\]\.[\w-]+$/

function itemsOfFile(file: string, faults: readonly ConfigFault[]): readonly Item[] {
  return listKeys(file, faults).flatMap(({ path, line, verdict, why }): Item[] => {
    const place = `${file}:${line}`
    const key: Item = { area: 'configuration', what: 'key', place, name: path, verdict, why }
    return STAGE.test(path) ? [key, { ...key, area: 'pipelines', what: 'stage' }] : [key]
  })
}

/** What is said of a line between the beginning of a rule and that of the next one is said of that rule. */
function itemsOfGroup(group: RuleGroupLines, faults: readonly ConfigFault[]): readonly Item[] {
  return group.rules.map((rule, at): Item => {
    const end = group.rules[at + 1]?.line ?? Number.POSITIVE_INFINITY
    const own = faults.find(
      ({ file, line }) => file === group.file && line >= rule.line && line < end,
    )
    const verdict: Verdict = own === undefined ? 'supported' : judgeFault(own)
    return {
      area: 'rules',
      what: 'rule',
      place: `${group.file}:${rule.line}`,
      name: `${group.name} / ${rule.name}`,
      verdict,
      why: own === undefined || verdict === 'supported' ? '' : textOf(own),
    }
  })
}

function placeOf({ file, line, col }: ConfigFault): string {
  return line === 0 ? file : `${file}:${line}:${col}`
}
