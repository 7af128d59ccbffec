import { readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { NameValidation } from '../../ingest/relabel.ts'
import type { FaultList } from '../../yaml/fault.ts'
import { COUNT, DURATION, readFlag, type FlagRule } from '../../yaml/flag.ts'
import { readRuleFile } from './read-rule-file.ts'
import type { RuleGroupConfig } from './rule-config.ts'
import { DEFAULT_RULE_SETTINGS, type RuleSettings } from './rule-group.ts'

/** Everything that is said of rules. */
export interface RulesPart {
  /** The files that were read, absolute or as found. */
  readonly files: readonly string[]
  readonly groups: readonly RuleGroupConfig[]
  readonly settings: RuleSettings
  /** `--web.external-url` without a slash at its end; undefined when not given. */
  readonly externalUrl: string | undefined
}

/** Prometheus's flags of rules, as text. */
export interface RuleFlags {
  readonly rulesForOutageTolerance?: string
  readonly rulesForGracePeriod?: string
  readonly rulesResendDelay?: string
  readonly rulesMaxConcurrentEvals?: string
  readonly webExternalUrl?: string
}

export interface RuleSources {
  /** What `rule_files` of prometheus.yml leads to. */
  readonly files: readonly string[]
  /** Folders that are called `rules` or `alerts` beside it. */
  readonly folders: readonly string[]
  readonly validation: NameValidation
}

/**
 * Reads the rule files and the flags of rules. A folder is taken for one of rules unless `rule_files` names files in it: then it
 * says itself which of them are meant. A file that two ways lead to is read once.
 */
export function readRulesPart(
  sources: RuleSources,
  flags: RuleFlags,
  faults: FaultList,
): RulesPart {
  const files = new Map(sources.files.map((file) => [realPath(file), file]))
  for (const folder of sources.folders) {
    const inside = `${realPath(folder)}${path.sep}`
    if ([...files.keys()].some((file) => file.startsWith(inside))) continue
    for (const file of ruleFilesIn(folder)) {
      if (!files.has(realPath(file))) files.set(realPath(file), file)
    }
  }
  const { validation } = sources
  return {
    files: [...files.values()],
    groups: [...files.values()].flatMap((file) => readRuleFile(file, { faults, validation })),
    settings: readSettings(flags, faults),
    externalUrl: readFlag('web.external-url', flags.webExternalUrl, faults, EXTERNAL_URL),
  }
}

function ruleFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.(?:ya?ml|rules)$/.test(name))
      .sort()
      .map((name) => path.join(folder, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
  } catch {
    // It is told of where the folder was found.
    return []
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    // Reading it will say what is wrong.
    return file
  }
}

function readSettings(flags: RuleFlags, faults: FaultList): RuleSettings {
  const read = (name: string, text: string | undefined, rule: FlagRule): number | undefined =>
    readFlag(`rules.${name}`, text, faults, rule)
  const fallback = DEFAULT_RULE_SETTINGS
  return {
    outageToleranceMs:
      read('alert.for-outage-tolerance', flags.rulesForOutageTolerance, DURATION) ??
      fallback.outageToleranceMs,
    forGracePeriodMs:
      read('alert.for-grace-period', flags.rulesForGracePeriod, DURATION) ??
      fallback.forGracePeriodMs,
    resendDelayMs:
      read('alert.resend-delay', flags.rulesResendDelay, DURATION) ?? fallback.resendDelayMs,
    maxConcurrentEvals:
      read('max-concurrent-evals', flags.rulesMaxConcurrentEvals, COUNT) ??
      fallback.maxConcurrentEvals,
  }
}

const EXTERNAL_URL: FlagRule<string> = {
  parse: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
    return isHttp && url.search === '' && url.hash === '' ? text.replace(/\/+$/, '') : undefined
  },
  must: 'a URL such as https://prometheus.example.org or https://example.org/prometheus',
}
